// Ordinary documents of the machine that runs the bench: packages, manuals, libraries, headers and settings. And what stands in
// them: URLs, identifiers, slugs, digests and file names. Which of them are taken depends on the seed and their paths.
import {createHash} from 'node:crypto'
import {readdirSync, readFileSync, statSync} from 'node:fs'
import {extname, join, relative} from 'node:path'
import {gunzipSync} from 'node:zlib'

const ROOT = join(import.meta.dirname, '../..')
export const ROOTS = [
  join(ROOT, 'node_modules'),
  '/usr/share/doc',
  '/usr/share/man',
  '/usr/share/perl',
  '/usr/share/perl5',
  '/usr/share/info',
  '/usr/share/common-licenses',
  ...['3', '3.10', '3.11', '3.12', '3.13'].map((version) => `/usr/lib/python${version}`),
  '/usr/lib/node_modules',
  '/usr/local/lib',
  '/usr/include',
  '/etc',
]
/** Caches, and what version control stores. */
const NOT_DOCUMENTS = /\/(?:\.git|\.vite|\.cache)\//
const LARGEST = 400_000

const EXTENSIONS = {
  HTML: 'html htm xhtml',
  JSON: 'json ipynb map',
  Markdown: 'md markdown',
  'JavaScript, TypeScript': 'js mjs cjs ts mts cts',
  Python: 'py pyi',
  C: 'c cc cpp h hpp',
  Perl: 'pl pm pod',
  'YAML, XML, CSS, settings': 'yml yaml xml css conf cfg toml ini',
  text: 'txt rst text info log',
}
const KINDS = new Map(
  Object.entries(EXTENSIONS).flatMap(([kind, names]) => names.split(' ').map((name) => [`.${name}`, kind])),
)

export const digestOf = (text) => createHash('sha256').update(text).digest('hex')

/** Paths of the documents below the folders, in an order that the seed decides. */
export function documentPaths(roots, seed) {
  return [...new Set(roots)]
    .flatMap((root) =>
      [...filesUnder(root)].map((path) => ({path, order: digestOf(`${seed} ${relative(root, path)}`)})),
    )
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .flatMap(({path}) => {
      const kind = kindOf(path)
      return kind === undefined ? [] : [{path, kind}]
    })
}

/**
 * The documents of these paths with their bytes, each content once. The first `most`, of a kind `ofAKind`, are to be judged;
 * the others follow where `all` is set, for what stands in them.
 */
export function* documentsAt(paths, {most, ofAKind, all}) {
  const known = new Set()
  const counts = new Map()
  let judged = 0
  for (const {path, kind} of paths) {
    const isFull = judged >= most
    if (isFull && !all) return
    const bytes = contentOf(path)
    if (bytes === undefined) continue
    const digest = digestOf(bytes)
    if (known.has(digest)) continue
    known.add(digest)
    const count = counts.get(kind) ?? 0
    const isJudged = !isFull && count < ofAKind
    if (isJudged) {
      counts.set(kind, count + 1)
      judged++
    } else if (!all) continue
    yield {path, kind, bytes, isJudged}
  }
}

function* filesUnder(folder) {
  let entries
  try {
    entries = readdirSync(folder, {withFileTypes: true})
  } catch {
    return // not on this machine, or closed to this user
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (NOT_DOCUMENTS.test(path)) continue
    if (entry.isDirectory()) yield* filesUnder(path)
    else if (entry.isFile()) yield path
  }
}

/** undefined for what is not a text by its name. */
function kindOf(path) {
  if (path.includes('/man/')) return 'manual pages'
  const extension = extname(path.replace(/\.gz$/, '')).toLowerCase()
  return KINDS.get(extension) ?? (path.startsWith('/usr/share/') || extension === '' ? 'text' : undefined)
}

/** undefined for what is empty, long or binary. */
function contentOf(path) {
  try {
    const {size} = statSync(path)
    if (size === 0 || size > LARGEST) return undefined
    const raw = readFileSync(path)
    const bytes = path.endsWith('.gz') ? gunzipSync(raw, {maxOutputLength: LARGEST}) : raw
    return bytes.length === 0 || bytes.includes(0) ? undefined : bytes
  } catch {
    return undefined
  }
}

const TYPES = {
  HTML: 'text/html',
  JSON: 'application/json',
  Markdown: 'text/markdown',
  'JavaScript, TypeScript': 'text/javascript',
}

/** The media type that a server or client would declare. */
export function typeOf(kind, text) {
  if (kind !== 'JSON') return TYPES[kind] ?? 'text/plain'
  try {
    JSON.parse(text)
    return TYPES.JSON
  } catch {
    return 'text/plain' // JSON with comments, or in lines
  }
}

const URL_SHAPE = /https?:\/\/[A-Za-z0-9[][^\s"'`<>()\\{}|^*]{3,}/g
const TEMPLATE = /[$]|\]\[|,https?:|\/\.\.\/|%\(|\.\.\.|…|&(?:amp|quot|lt|gt|#)|%[sd](?![0-9a-f])/i

/** Addresses as people would open them: no template, no punctuation of the sentence around them. */
export function urlsIn(text) {
  return (text.match(URL_SHAPE) ?? []).flatMap((match) => {
    const url = match.replace(/[.,;:!?\]]+$/, '')
    return TEMPLATE.test(url) || !URL.canParse(url) ? [] : [url]
  })
}

/** Addresses of this machine and of networks, which are refused as such. */
export function isLocal(url) {
  const {host} = new URL(url)
  return /^[\d.]+(?::\d+)?$|^\[|^localhost\b|\.local(?:host)?\b|^(?:metadata|instance-data)\b/.test(host)
}

/** Tokens that look like credentials by their length and are none, by class. */
export const TOKENS = {
  identifiers:
    /(?<![\w-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{24}|\d{12,20})(?![\w-])/g,
  slugs: /(?<![\w/.@-])[a-z][a-z0-9]*(?:-[a-z0-9]+){3,12}(?![\w.-])/g,
  digests:
    /(?<![\w-])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|sha(?:256|384|512)-[A-Za-z0-9+/]{43,86}={0,2})(?![\w+/=-])/g,
  'file names':
    /(?<![\w@/.-])[A-Za-z][\w.@+-]{14,80}\.(?:js|ts|mjs|json|map|css|html?|py|whl|tar\.gz|tgz|zip|so|h|md|txt|png|svg|ya?ml|rpm|deb|jar)(?![\w.-])/g,
}
const TOKENS_OF_A_DOCUMENT = 12

/** The first tokens of each class in a text. */
export function tokensIn(text) {
  return Object.fromEntries(
    Object.entries(TOKENS).map(([name, shape]) => {
      const tokens = new Set()
      for (const [token] of text.matchAll(shape)) {
        if (tokens.size >= TOKENS_OF_A_DOCUMENT) break
        tokens.add(token)
      }
      return [name, [...tokens]]
    }),
  )
}
