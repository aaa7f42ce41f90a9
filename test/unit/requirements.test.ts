// Every guarantee of docs/guarantees.md has tests that exist: a renamed or removed test must not leave a promise without one.
import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {expect, test} from 'vitest'
import {REQUIREMENTS} from '../requirements.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const guarantees = (): readonly string[] =>
  [...readFileSync(`${root}docs/guarantees.md`, 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id = '']) => id)

/** Titles of the tests and groups of a file. */
function titlesIn(path: string): readonly string[] {
  const titles: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(?:test|describe|matrix)\b/.test(node.expression.getText())) {
      const [title] = node.arguments
      if (title) titles.push(ts.isStringLiteralLike(title) ? title.text : title.getText())
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, readFileSync(root + path, 'utf8'), ts.ScriptTarget.Latest, true))
  return titles
}

test('guarantees: each of the page has tests, and no other is claimed', () => {
  expect(guarantees().length).toBeGreaterThan(25)
  expect(Object.keys(REQUIREMENTS).sort()).toEqual([...guarantees()].sort())
  const without = Object.entries(REQUIREMENTS).filter(([, holders]) => holders.length === 0)
  expect(without).toEqual([])
})

test('guarantees: every named test exists', () => {
  const missing = Object.entries(REQUIREMENTS).flatMap(([id, holders]) =>
    holders.flatMap(({file, title}) => {
      if (!existsSync(root + file)) return [`${id}: ${file} does not exist`]
      const titles = titlesIn(file)
      if (titles.length === 0) return [`${id}: ${file} has no test`]
      if (title === undefined || titles.some((each) => each.includes(title))) return []
      return [`${id}: ${file} has no test "${title}"`]
    }),
  )
  expect(missing).toEqual([])
})
