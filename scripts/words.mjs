// Keeps the retired words of docs/glossary.md out of identifiers, comments, messages, documentation and test titles.
import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const GLOSSARY = 'docs/glossary.md'
/** Recorded traffic and the texts of attacks are data. */
const DATA = /^bench\/detection\/corpus\/|^goldens\//

/** Members of stored documents: the baseline of an agent card, the facts of a demonstration. */
const STORED = new Set(['seenAt', 'wanted'])

/** The rows of the table of retired words. */
export function retiredWords(markdown) {
  const [, table = ''] = markdown.split('## Retired words')
  return [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \| (identifiers|text) \|$/gm)].map(([, word, used, scope]) => ({
    word: word.trim(),
    used: used.trim(),
    scope,
  }))
}

/** The words of an identifier, in small letters. */
export function wordsOf(identifier) {
  return identifier
    .split(/[_$#]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}

/** Problems of one file as `path:line: message`. */
export function problemsIn(path, text, retired) {
  const phrases = retired.filter(({scope}) => scope === 'text')
  if (path.endsWith('.md')) return path === GLOSSARY ? [] : phraseProblems(path, text, 0, text, phrases)
  const identifiers = new Map(retired.filter(({scope}) => scope === 'identifiers').map((row) => [row.word, row]))
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const problems = commentsOf(source).flatMap(({start, end}) =>
    phraseProblems(path, text, start, text.slice(start, end), phrases),
  )
  const isTest = path.startsWith('test/') || path.startsWith('bench/')
  const visit = (node) => {
    if ((ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && isDeclared(node)) {
      for (const word of STORED.has(node.text) ? [] : wordsOf(node.text)) {
        const row = identifiers.get(word)
        if (row) problems.push(`${place(path, text, node.getStart())}: ${node.text}: write ${row.used} for "${word}"`)
      }
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      if (!isTest || isTitle(node)) problems.push(...phraseProblems(path, text, node.getStart(), node.text, phrases))
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return problems
}

function phraseProblems(path, text, start, part, phrases) {
  return phrases.flatMap(({word, used}) => {
    const pattern = new RegExp(`\\b${word.replaceAll(' ', String.raw`\s+(?:(?:\*|//)\s*)?`)}\\b`, 'gi')
    return [...part.matchAll(pattern)].map(
      ({index}) => `${place(path, text, start + index)}: write "${used}" for "${word}"`,
    )
  })
}

function place(path, text, at) {
  return `${path}:${text.slice(0, at).split('\n').length}`
}

function commentsOf(source) {
  const text = source.text
  const comments = new Map()
  const visit = (node) => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]) {
      comments.set(range.pos, {start: range.pos, end: range.end})
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return [...comments.values()]
}

/** Names that this repository chooses: not members of other people's objects. */
function isDeclared(node) {
  const {parent} = node
  return parent.name === node && !ts.isPropertyAccessExpression(parent) && !ts.isPropertyAssignment(parent)
}

/** The first argument of `test(…)`, `describe(…)` and of their variants. */
function isTitle(node) {
  const call = node.parent
  if (!ts.isCallExpression(call) || call.arguments[0] !== node) return false
  return /^(?:test|describe)\b/.test(call.expression.getText())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.js', '*.md'], {cwd: root, encoding: 'utf8'})
  const retired = retiredWords(readFileSync(`${root}/${GLOSSARY}`, 'utf8'))
  const problems = files
    .split('\n')
    .filter((path) => path !== '' && !DATA.test(path))
    .flatMap((path) => problemsIn(path, readFileSync(`${root}/${path}`, 'utf8'), retired))
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (retired.length === 0) process.stderr.write(`${GLOSSARY}: no retired words could be read\n`)
  process.exitCode = problems.length > 0 || retired.length === 0 ? 1 : 0
}
