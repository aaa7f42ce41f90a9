// Comments cite pages of docs/ by file and heading. A page or heading that was renamed must not leave a reader without it.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {expect, test} from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const sources = ['src', 'test', 'bench', 'scripts', 'bin']
  .flatMap((folder) =>
    readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'}).map((name) =>
      join(folder, name).replaceAll('\\', '/'),
    ),
  )
  .concat(readdirSync(root))
  .filter((path) => /\.(?:ts|mjs|js)$/.test(path))
  .sort()

interface Words {
  commentsOf(source: ts.SourceFile): readonly {readonly start: number; readonly end: number}[]
}
const {commentsOf} = (await import(new URL('../../scripts/words.mjs', import.meta.url).href)) as Words

const PAGE = /\b(?:(?:docs|src|bench|goldens)\/[\w./-]*\w|README|CONTRIBUTING|CHANGELOG)\.md\b/g

const headingsOf = (path: string): readonly string[] =>
  [
    ...text(path)
      .replace(/^```[\s\S]*?^```$/gm, '')
      .matchAll(/^#{1,6} (.+)$/gm),
  ].map(([, heading = '']) => heading.replaceAll('`', ''))

/** Pages and headings in a comment that do not exist, as in docs/formats/paths.md, "Patterns" and "Matching". */
function brokenCitations(comment: string): readonly string[] {
  const flat = comment.replace(/\n[ \t]*(?:\/\/|\*)?[ \t]*/g, ' ')
  return [...flat.matchAll(PAGE)].flatMap(({0: page, index}) => {
    if (!existsSync(join(root, page))) return [`${page} does not exist`]
    const rest = flat.slice(index + page.length)
    const [quoted = ''] = /^, "[^"]+"(?:(?:,| and) "[^"]+")*/.exec(rest) ?? []
    const named = [...quoted.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
    const [, plain = ''] = /^, ([A-Z].*)/s.exec(rest) ?? []
    const headings = headingsOf(page)
    const isMissing = (name: string): boolean => !headings.includes(name)
    const missing = [
      ...named.filter(isMissing),
      ...(plain !== '' && !headings.some((heading) => plain.startsWith(heading)) ? [plain.slice(0, 60)] : []),
    ]
    return missing.map((name) => `${page} has no heading ${JSON.stringify(name)}`)
  })
}

function commentsIn(path: string): readonly string[] {
  const code = text(path)
  // the tree is built for files that name a page only
  if (code.search(PAGE) < 0) return []
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true)
  return commentsOf(source).map(({start, end}) => code.slice(start, end))
}

test('citations, in comments of src, test, bench, scripts and bin: file and heading exist', () => {
  const comments = sources.flatMap((path) => commentsIn(path).map((comment) => ({path, comment})))
  expect(comments.filter(({comment}) => comment.search(PAGE) >= 0).length).toBeGreaterThan(20)
  expect(
    comments.flatMap(({path, comment}) => brokenCitations(comment).map((problem) => `${path}: ${problem}`)),
  ).toEqual([])
})

test('a citation of a missing page or heading: it is reported, over line breaks too', () => {
  const page = 'docs/formats/paths' + '.md'
  expect(brokenCitations(`// see ${page}, Wildcards: why`)).toEqual([])
  expect(brokenCitations(`// see ${page}, "Patterns" and\n// "Wildcards"`)).toEqual([])
  expect(brokenCitations(`// ${page}, read by others`)).toEqual([])
  expect(brokenCitations(`// see ${page}, Wild cards`)).toHaveLength(1)
  expect(brokenCitations(`/**\n * see ${page},\n * "Wild cards" and "Patterns" */`)).toHaveLength(1)
  expect(brokenCitations(`// see docs/none${'.md'}, Wildcards`)).toEqual([`docs/none${'.md'} does not exist`])
})
