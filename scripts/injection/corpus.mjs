// The labelled texts: one JSON object a line, a file a source. Read in the order of their names, so that training repeats.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/** Rows of every file of a folder, each with the name of its file. */
export function rowsOf(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ({...JSON.parse(line), file: name.slice(0, -'.jsonl'.length)})),
    )
}
