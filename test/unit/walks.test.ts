// The three walks of docs/architecture.md, "Three walks": a reader follows a value through these files.
import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}docs/architecture.md`, 'utf8')
const [, section = ''] = /^## Three walks\n([\s\S]*?)^## /m.exec(page) ?? []
const walks = section
  .split(/^\*\*/m)
  .slice(1)
  .map((walk) => walk.split('\n').filter((line) => /^\d+\. /.test(line)))
const pathsOf = (line: string): readonly string[] =>
  [...line.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path)

test('three walks: every file exists, and none is entered twice', () => {
  expect(walks.map((walk) => walk.length > 5)).toEqual([true, true, true])
  for (const walk of walks) {
    const paths = walk.flatMap(pathsOf)
    expect(paths.filter((path) => !existsSync(`${root}src/${path}`))).toEqual([])
    expect(paths.filter((path, i) => paths.indexOf(path) !== i)).toEqual([])
    for (const line of walk) expect(line).toMatch(/^\d+\. `/)
  }
})

test('walk of a request URL: at most 25 steps from the socket to the receipt', () => {
  expect(walks[0]?.length).toBeLessThanOrEqual(25)
})
