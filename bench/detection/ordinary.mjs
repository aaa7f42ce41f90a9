// What answers hold on an ordinary machine: its packages, manuals and libraries, judged as answers of a web server by the
// response scanner with the action `block`. Prints how many were refused, by kind of document and by rule.
//
//   npm run bench:ordinary [-- --json FILE] [-- --most N] [-- --kind NAME] [-- FOLDER …]
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {extname, join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {parseArgs} from 'node:util'

const {values: flags, positionals} = parseArgs({
  allowPositionals: true,
  options: {json: {type: 'string'}, most: {type: 'string', default: '6000'}, kind: {type: 'string'}},
})

const ROOT = join(import.meta.dirname, '../..')
const FOLDERS = [
  join(ROOT, 'node_modules'),
  '/usr/share/doc',
  '/usr/share/man',
  '/usr/share/perl',
  '/usr/share/perl5',
  '/usr/share/info',
  '/usr/share/common-licenses',
  '/usr/lib/python3',
  '/usr/lib/python3.10',
  '/usr/lib/python3.11',
  '/usr/lib/python3.12',
  '/usr/lib/python3.13',
  '/usr/lib/node_modules',
  '/usr/local/lib',
  '/usr/include',
  '/etc',
]
/** Copies for other programs, and caches. */
const NOT_ORDINARY = /\/(?:\.git|\.vite|\.cache)\/|\.min\.js$|\.map$/
const LARGEST = 400_000

const KINDS = {
  '.html': 'HTML',
  '.htm': 'HTML',
  '.xhtml': 'HTML',
  '.json': 'JSON',
  '.ipynb': 'JSON',
  '.md': 'Markdown',
  '.markdown': 'Markdown',
  '.js': 'JavaScript, TypeScript',
  '.mjs': 'JavaScript, TypeScript',
  '.cjs': 'JavaScript, TypeScript',
  '.ts': 'JavaScript, TypeScript',
  '.mts': 'JavaScript, TypeScript',
  '.cts': 'JavaScript, TypeScript',
  '.py': 'Python',
  '.pyi': 'Python',
  '.c': 'C',
  '.cc': 'C',
  '.cpp': 'C',
  '.h': 'C',
  '.hpp': 'C',
  '.pl': 'Perl',
  '.pm': 'Perl',
  '.pod': 'Perl',
  '.yml': 'YAML, XML, CSS, settings',
  '.yaml': 'YAML, XML, CSS, settings',
  '.xml': 'YAML, XML, CSS, settings',
  '.css': 'YAML, XML, CSS, settings',
  '.conf': 'YAML, XML, CSS, settings',
  '.cfg': 'YAML, XML, CSS, settings',
  '.toml': 'YAML, XML, CSS, settings',
  '.ini': 'YAML, XML, CSS, settings',
}
const TYPES = {
  HTML: 'text/html',
  JSON: 'application/json',
  Markdown: 'text/markdown',
  'JavaScript, TypeScript': 'text/javascript',
}

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))
const [{buildScanner}, {sections}, {responseHooks}, {createSuppressions}, {headUnit}, {composePolicy}, {parseTarget}] =
  await Promise.all([
    dist('plugins/injection/create.js'),
    dist('plugins/response-scanning/config.js'),
    dist('plugins/response-scanning/create.js'),
    dist('plugins/suppress/suppressions.js'),
    dist('core/inspection.js'),
    dist('core/pipeline.js'),
    dist('core/target.js'),
  ])

let noted = []
const scanner = buildScanner({env: {}})
const injection = {
  ...scanner,
  *steps(text, options) {
    const verdict = yield* scanner.steps(text, options)
    noted.push(...verdict.matches)
    return verdict
  },
}
const silent = () => undefined
const hooks = responseHooks(
  {response_scanning: sections.response_scanning.parse({action: 'block'})},
  {
    injection,
    dlp: {text: () => ({matches: []})},
    maxBytes: LARGEST * 8,
    expressions: [],
    suppress: createSuppressions([]),
    log: {debug: silent, info: silent, warn: silent, error: silent},
    clock: {now: () => 0, monotonic: () => 0},
    warn: silent,
    excuse: silent,
  },
)
const policy = composePolicy({
  mode: 'balanced',
  enforce: true,
  generation: 1,
  explainBlocks: false,
  configHash: '',
  policyHash: '',
  hooks: [{plugin: 'response-scanning', hooks}],
  onFault: (_plugin, _hook, error) => {
    throw error
  },
})
const exchange = {
  id: 'x',
  requestId: 'req-1',
  transport: 'forward',
  purpose: 'request',
  agent: {name: 'a', basis: 'config-default'},
  clientIp: '127.0.0.1',
  rawTarget: 'http://docs.example/page',
  target: parseTarget('http://docs.example/page').target,
  method: 'GET',
  headers: [],
  startedAtMs: 0,
  signal: new AbortController().signal,
}

const results = new Map()
const refused = []
const byRule = new Map()
for (const [kind, files] of documents(positionals.length > 0 ? positionals : FOLDERS)) {
  if (flags.kind !== undefined && !kind.includes(flags.kind)) continue
  const result = {documents: 0, refused: 0}
  results.set(kind, result)
  for (const path of sampled(files, Number(flags.most))) {
    const bytes = contentOf(path)
    if (bytes === undefined) continue
    noted = []
    const unit = {
      ...headUnit('response', [['Content-Type', TYPES[kind] ?? 'text/plain']], 200),
      kind: 'body',
      bytes,
    }
    const {decision} = (await policy.inspect(exchange, unit, policy.conclude(exchange, []))).ruling
    result.documents++
    if (decision.action !== 'block') continue
    result.refused++
    const rules = [...new Set(noted.map(({rule}) => rule))]
    if (rules.length === 0)
      rules.push(String(decision.cause?.detail ?? decision.cause?.reason ?? 'unknown').slice(0, 120))
    for (const rule of rules) byRule.set(rule, (byRule.get(rule) ?? 0) + 1)
    refused.push({path, kind, rules, hits: noted.slice(0, 8).map(({rule, pass, text}) => ({rule, pass, text}))})
  }
}

const all = {documents: 0, refused: 0}
for (const {documents: count, refused: stopped} of results.values()) {
  all.documents += count
  all.refused += stopped
}
const percent = (part, of) => (of === 0 ? '' : `${((100 * part) / of).toFixed(3)} %`)
const line = (name, {documents: count, refused: stopped}) =>
  console.log(
    `${name.padEnd(28)} ${String(stopped).padStart(6)} of ${String(count).padStart(6)} ${percent(stopped, count).padStart(9)}`,
  )
for (const [kind, result] of results) line(kind, result)
line('all', all)
console.log()
for (const [rule, count] of [...byRule].sort(([, a], [, b]) => b - a))
  console.log(`${rule.padEnd(42)} ${String(count).padStart(5)}`)
if (flags.json !== undefined) {
  const report = {all, kinds: Object.fromEntries(results), rules: Object.fromEntries(byRule), refused}
  writeFileSync(flags.json, `${JSON.stringify(report, undefined, 1)}\n`)
}

/** The files of the folders by kind, each once, in a fixed order. */
function documents(folders) {
  const kinds = new Map()
  const known = new Set()
  const visit = (folder) => {
    let entries
    try {
      entries = readdirSync(folder, {withFileTypes: true})
    } catch {
      return
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (NOT_ORDINARY.test(path) || entry.isSymbolicLink()) continue
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile()) {
        const kind = kindOf(path)
        if (kind === undefined) continue
        const {size, ino} = statSync(path)
        if (size === 0 || size > LARGEST || known.has(ino)) continue
        known.add(ino)
        if (!kinds.has(kind)) kinds.set(kind, [])
        kinds.get(kind).push(path)
      }
    }
  }
  for (const folder of folders) visit(folder)
  return kinds
}

function kindOf(path) {
  if (path.includes('/man/')) return 'manual pages'
  const name = path.replace(/\.gz$/, '')
  const extension = extname(name).toLowerCase()
  if (KINDS[extension] !== undefined) return KINDS[extension]
  if (path.startsWith('/usr/share/') || /^\.(?:txt|rst|text|info|log)$/.test(extension) || extension === '')
    return 'text'
  return undefined
}

/** Evenly through the list. */
function sampled(files, most) {
  if (files.length <= most) return files
  return Array.from({length: most}, (_, i) => files[Math.floor((i * files.length) / most)])
}

/** undefined for what is no text. */
function contentOf(path) {
  try {
    const raw = readFileSync(path)
    const bytes = path.endsWith('.gz') ? gunzipSync(raw, {maxOutputLength: 4 * LARGEST}) : raw
    return bytes.length === 0 || bytes.includes(0) ? undefined : bytes
  } catch {
    return undefined
  }
}
