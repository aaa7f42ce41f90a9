// The texts of a dictionary that stands in a file of its own: one YAML or JSON list. A file that vanished before a reload
// leaves its last texts in force, unless the operator wants such a reload refused.
import {PipelockError} from '../../core/errors.js'
import {ReadFault, readSecurely} from '../../lib/secure-read.js'
import {parseYamlStream, YamlFault} from '../../lib/yaml/document.js'

const MAX_BYTES = 16 * 1024 * 1024

/** Texts by path, as last read; survives reloads. */
export type DictionarySnapshots = Map<string, readonly string[]>

/** Reads a file, or answers with its last texts where that is allowed; `warn` then says so. */
export function dictionaryEntries(
  path: string,
  strict: boolean,
  snapshots: DictionarySnapshots,
  warn: (message: string) => void,
): readonly string[] {
  let text: string
  try {
    text = readSecurely(path, {maxBytes: MAX_BYTES, followLinks: true}).toString('utf8')
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    const last = snapshots.get(path)
    if (strict || last === undefined || error.kind !== 'missing') {
      throw new PipelockError('config_invalid', `dictionary file ${error.message}`, {
        hint: 'restore the file, or take the dictionary out of the configuration',
      })
    }
    warn(`${path} does not exist any more; the ${last.length} texts read last stay in force`)
    return last
  }
  const entries = parseEntries(text, path)
  snapshots.set(path, entries)
  return entries
}

/** Every scalar of the list as it is written: a number is a text to look for like any other. */
function parseEntries(text: string, path: string): readonly string[] {
  const refuse = (what: string): never => {
    throw new PipelockError('config_invalid', `dictionary file ${path} ${what}`, {
      hint: 'write one list of texts, in YAML or JSON',
    })
  }
  try {
    const {documents, fault} = parseYamlStream(text, {maxCharacters: MAX_BYTES, maxNesting: 8})
    if (fault !== undefined) throw fault
    const [list, second] = documents
    if (second !== undefined || list?.kind !== 'seq') return refuse('holds no list')
    return list.items.map((item) => (item.kind === 'scalar' ? item.text : refuse('holds something that is no text')))
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    return refuse(`is no YAML (line ${error.line}: ${error.message})`)
  }
}
