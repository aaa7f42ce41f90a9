// Keeps the retired words of docs/glossary.md out of identifiers, comments, messages, documentation and test titles.
import {execFileSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const GLOSSARY = 'docs/glossary.md'
/** Recorded traffic and the texts of attacks are data. */
const DATA = /^bench\/detection\/corpus\/|^goldens\//

/**
 * Identifiers that keep a retired word, each with the files that may use it. They are members of documents that earlier
 * versions wrote: the baseline of an agent card, the facts of a demonstration.
 */
const STORED = [
  {name: 'seenAt', files: /^src\/plugins\/a2a\/(?:baselines|drift)\.ts$/},
  {name: 'wanted', files: /^src\/cli\/demo\/report\.ts$/},
]

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
  const checked = new Set()
  const visit = (node) => {
    if ((ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && isDeclared(node) && !isStored(path, node.text)) {
      for (const word of wordsOf(node.text)) {
        const row = identifiers.get(word)
        if (row) problems.push(`${place(path, text, node.getStart())}: ${node.text}: write ${row.used} for "${word}"`)
      }
    }
    // from the outside in, so that a text in pieces is met before its pieces
    const pieces = checked.has(node) ? [] : piecesOf(node)
    for (const piece of pieces) checked.add(piece)
    if (pieces.length > 0 && (!isTest || isTitle(node))) problems.push(...textProblems(path, text, pieces, phrases))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return problems
}

function isStored(path, identifier) {
  return STORED.some(({name, files}) => name === identifier && files.test(path))
}

/** The literals of a text: itself, the parts of a template, or both joined by `+`, as a long message is. */
function piecesOf(node) {
  if (ts.isStringLiteralLike(node)) return [node]
  if (ts.isParenthesizedExpression(node)) return piecesOf(node.expression)
  if (ts.isTemplateExpression(node)) return [node.head, ...node.templateSpans.map(({literal}) => literal)]
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return []
  return [...piecesOf(node.left), ...piecesOf(node.right)]
}

function textProblems(path, text, pieces, phrases) {
  const whole = pieces.map((piece) => piece.text).join('')
  return phrases.flatMap((phrase) =>
    matchesOf(whole, phrase).map((index) => {
      let at = 0
      const piece = pieces.find((each) => (at += each.text.length) > index)
      return problemAt(path, text, piece.getStart(), phrase)
    }),
  )
}

function phraseProblems(path, text, start, part, phrases) {
  return phrases.flatMap((phrase) =>
    matchesOf(part, phrase).map((index) => problemAt(path, text, start + index, phrase)),
  )
}

/** Where a phrase begins in a text; lines of a comment may break it. */
function matchesOf(text, {word}) {
  const pattern = new RegExp(`\\b${word.replaceAll(' ', String.raw`\s+(?:(?:\*|//)\s*)?`)}\\b`, 'gi')
  return [...text.matchAll(pattern)].map(({index}) => index)
}

function problemAt(path, text, at, {word, used}) {
  return `${place(path, text, at)}: write "${used}" for "${word}"`
}

function place(path, text, at) {
  return `${path}:${text.slice(0, at).split('\n').length}`
}

/** Every token is asked, since a comment before a closing brace belongs to no statement. Comments on successive lines are one. */
export function commentsOf(source) {
  const text = source.text
  const comments = new Map()
  const visit = (node) => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]) {
      comments.set(range.pos, {start: range.pos, end: range.end})
    }
    node.getChildren(source).forEach(visit)
  }
  visit(source)
  const merged = []
  for (const comment of [...comments.values()].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && /^[ \t]*\n[ \t]*$/.test(text.slice(last.end, comment.start))) last.end = comment.end
    else merged.push(comment)
  }
  return merged
}

/** Names that this repository chooses: not members of other people's objects. */
function isDeclared(node) {
  const {parent} = node
  return parent.name === node && !ts.isPropertyAccessExpression(parent) && !ts.isPropertyAssignment(parent)
}

/** The first argument of `test(…)`, `describe(…)` and of their variants, and the name of a row in a table of `each`. */
function isTitle(node) {
  const isFirst = ({parent}) => ts.isArrayLiteralExpression(parent) && parent.elements[0] === node
  const row = isFirst(node) ? node.parent : node
  const table = ts.isArrayLiteralExpression(row.parent) ? row.parent : row
  const call = table.parent
  if (!ts.isCallExpression(call) || call.arguments[0] !== table) return false
  return /^(?:test|describe)\b/.test(call.expression.getText())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // new files too; a file that was removed and not yet committed has nothing to read
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs', '*.js', '*.md']
  const files = execFileSync('git', listed, {cwd: root, encoding: 'utf8'})
  const retired = retiredWords(readFileSync(`${root}/${GLOSSARY}`, 'utf8'))
  const problems = files
    .split('\n')
    .filter((path) => path !== '' && !DATA.test(path) && existsSync(`${root}/${path}`))
    .flatMap((path) => problemsIn(path, readFileSync(`${root}/${path}`, 'utf8'), retired))
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (retired.length === 0) process.stderr.write(`${GLOSSARY}: no retired words could be read\n`)
  process.exitCode = problems.length > 0 || retired.length === 0 ? 1 : 0
}
