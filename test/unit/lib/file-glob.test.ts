import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {expandGlob, isGlob} from '../../../src/lib/file-glob.js'

const root = mkdtempSync(join(tmpdir(), 'glob-'))
afterAll(() => rmSync(root, {recursive: true}))
for (const path of ['a/1.jsonl', 'a/2.txt', 'b/deep/3.jsonl', '.hidden/4.jsonl']) {
  mkdirSync(join(root, path, '..'), {recursive: true})
  writeFileSync(join(root, path), '')
}
symlinkSync(root, join(root, 'b', 'loop'))

const results = (pattern: string) => expandGlob(join(root, pattern)).map((path) => path.slice(root.length + 1))

test('stars stay inside a component, two stars cross them and enter no link', () => {
  expect(results('*/*.jsonl')).toEqual(['a/1.jsonl'])
  expect(results('**/*.jsonl')).toEqual(['.hidden/4.jsonl', 'a/1.jsonl', 'b/deep/3.jsonl'])
  expect(results('a/?.*')).toEqual(['a/1.jsonl', 'a/2.txt'])
  expect(results('nowhere/*')).toEqual([])
})

test('one component: a leading dot is written, a bracket is a character', () => {
  expect(results('*/4.jsonl')).toEqual([])
  expect(results('.h*/4.jsonl')).toEqual(['.hidden/4.jsonl'])
  expect(results('a/[12].*')).toEqual([])
  expect(isGlob('plain.jsonl')).toBe(false)
})
