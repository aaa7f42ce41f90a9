// The three walks of docs/architecture.md, "Three walks": a reader follows a value through these files.
import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}docs/architecture.md`, 'utf8')
const [, section = ''] = /^## Three walks\n([\s\S]*?)^## /m.exec(page) ?? []
const walks = section.split(/^\*\*/m).slice(1)
const stepsOf = (walk: string): readonly string[] => walk.split('\n').filter((line) => /^\d+\. /.test(line))
const pathsOf = (text: string): readonly string[] =>
  [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path)

test('three walks: every file exists, and none is entered twice', () => {
  expect(walks.map((walk) => stepsOf(walk).length > 5)).toEqual([true, true, true])
  for (const walk of walks) {
    const paths = stepsOf(walk).flatMap(pathsOf)
    expect(paths.filter((path) => !existsSync(`${root}src/${path}`))).toEqual([])
    expect(paths.filter((path, i) => paths.indexOf(path) !== i)).toEqual([])
    for (const line of stepsOf(walk)) expect(line).toMatch(/^\d+\. `/)
  }
})

describe('walk of a request URL', () => {
  const walk = walks[0] ?? ''
  const paths = pathsOf(walk)

  /** Steps that no earlier step imports, and how the URL gets there. */
  const REACHED: Readonly<Record<string, string>> = {
    'core/pipeline/judge.ts': 'Policy.judge',
    'core/pipeline/evidence.ts': 'Policy.commit',
    'plugins/destination/scan.ts': 'hook `destination`',
    'plugins/contract/gate.ts': 'hook `contract`',
    'plugins/recorder/facts.ts': 'hook `commit`',
    'plugins/dlp/scanner.ts': 'CredentialScanner, the service of the plugin dlp',
    'plugins/recorder/client.ts': 'the queue of facts.ts',
  }

  test('has at most 25 files, each a step of its own, wherever in its text they are named', () => {
    expect(paths.length).toBeLessThanOrEqual(25)
    expect(stepsOf(walk).map((line) => pathsOf(line).length)).toEqual(paths.map(() => 1))
  })

  test('has steps that an earlier one imports, except through hooks and services', () => {
    const importsOf = (path: string): readonly string[] =>
      [...readFileSync(`${root}src/${path}`, 'utf8').matchAll(/ from '(\.[^']+)\.js'/g)].map(([, name = '']) =>
        join(dirname(path), `${name}.ts`),
      )
    const isImported = (path: string, earlier: readonly string[]): boolean =>
      earlier.some((from) => importsOf(from).includes(path))
    const others = paths.filter((path, i) => i > 0 && !isImported(path, paths.slice(0, i)))
    expect(others.toSorted()).toEqual(Object.keys(REACHED).toSorted())
  })

  test('has no file of more than 400 lines: nothing was merged into one only to lower the number', () => {
    const lines = (path: string): number => readFileSync(`${root}src/${path}`, 'utf8').split('\n').length - 1
    // the scanner of credentials is a subject of its own
    expect(paths.filter((path) => !path.startsWith('plugins/dlp/') && lines(path) > 400)).toEqual([])
  })
})
