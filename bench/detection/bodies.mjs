// How much of what development machines hold would be refused as a request: documents as bodies, and the URLs in them as
// targets, by the product's own scans with `action: block`. Counts by kind and by rule; a refusal names its file or URL.
//
//   node bench/detection/bodies.mjs [--root FOLDER]... [--bodies N] [--urls N] [--json FILE] [--verbose]
import {createHash} from 'node:crypto'
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {basename, extname, join} from 'node:path'
import {parseArgs} from 'node:util'
import {gunzipSync} from 'node:zlib'
import {bodyScan, urlScan} from '../lib/request-scans.mjs'

const ROOTS = [
  join(import.meta.dirname, '../../node_modules'),
  '/usr/share/doc',
  '/usr/lib/node_modules',
  '/usr/lib/python3',
  '/usr/lib/python3.11',
  '/usr/lib/python3.12',
  '/usr/lib/python3.13',
  '/usr/share/perl',
  '/usr/share/perl5',
  '/usr/include',
]
const {values: flags} = parseArgs({
  options: {
    root: {type: 'string', multiple: true, default: ROOTS},
    bodies: {type: 'string', default: '20000'},
    urls: {type: 'string', default: '12000'},
    json: {type: 'string'},
    verbose: {type: 'boolean', default: false},
  },
})
const MAX_BYTES = 262_144
const URLS_OF_A_HOST = 60

const KINDS = {
  json: 'JSON',
  map: 'JSON',
  ipynb: 'JSON',
  js: 'JavaScript, TypeScript',
  mjs: 'JavaScript, TypeScript',
  cjs: 'JavaScript, TypeScript',
  ts: 'JavaScript, TypeScript',
  mts: 'JavaScript, TypeScript',
  cts: 'JavaScript, TypeScript',
  py: 'Python',
  pl: 'Perl',
  pm: 'Perl',
  pod: 'Perl',
  h: 'C',
  hpp: 'C',
  c: 'C',
  cc: 'C',
  md: 'Markdown',
  markdown: 'Markdown',
  html: 'HTML',
  htm: 'HTML',
  yml: 'YAML, TOML',
  yaml: 'YAML, TOML',
  toml: 'YAML, TOML',
}

/** What a file is by its name. */
function kindOf(path) {
  const name = path.replace(/\.gz$/, '')
  return KINDS[extname(name).slice(1).toLowerCase()] ?? (/^[A-Za-z.-]*$/.test(basename(name)) ? 'plain text' : 'other')
}

function* filesUnder(folder) {
  let entries
  try {
    entries = readdirSync(folder, {withFileTypes: true})
  } catch {
    return
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesUnder(path)
    else if (entry.isFile()) yield path
  }
}

const hashOf = (text) => createHash('sha256').update(text).digest('hex')

/** Text of a file, undefined where it is none or long. */
function textOf(path) {
  try {
    if (statSync(path).size > MAX_BYTES) return undefined
    const bytes = path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)
    if (bytes.length === 0 || bytes.length > MAX_BYTES || bytes.includes(0)) return undefined
    return bytes
  } catch {
    return undefined
  }
}

const TYPES = {JSON: 'application/json', HTML: 'text/html', Markdown: 'text/markdown'}

function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const URL_SHAPE = /https?:\/\/[A-Za-z0-9[][^\s"'`<>()\\{}|^*]{3,}/g

/** Addresses as people would open them: no template, no punctuation of the sentence around them. */
function urlsIn(text) {
  return (text.match(URL_SHAPE) ?? []).flatMap((match) => {
    const url = match.replace(/[.,;:!?\]]+$/, '')
    if (/[$]|\]\[|,https?:|\/\.\.\/|%\(|\.\.\.|…|&(?:amp|quot|lt|gt|#)|%[sd](?![0-9a-f])/i.test(url)) return []
    return URL.canParse(url) ? [url] : []
  })
}

const paths = [...new Set(flags.root)]
  .flatMap((root) => [...filesUnder(root)].map((path) => [hashOf(path.slice(root.length)), path]))
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, path]) => path)

const scanBody = await bodyScan()
const scanUrl = await urlScan()
const limit = Number(flags.bodies)
const known = new Set()
const hosts = new Map()
const urls = new Set()
const bodies = table()
for (const path of paths) {
  if (bodies.items >= limit && urls.size >= 4 * Number(flags.urls)) break
  const bytes = textOf(path)
  if (bytes === undefined) continue
  const digest = hashOf(bytes)
  if (known.has(digest)) continue
  known.add(digest)
  const text = bytes.toString('utf8')
  for (const url of urlsIn(text)) {
    const {host} = new URL(url)
    const count = hosts.get(host) ?? 0
    if (urls.has(url) || count >= URLS_OF_A_HOST) continue
    hosts.set(host, count + 1)
    urls.add(url)
  }
  if (bodies.items >= limit) continue
  const kind = kindOf(path)
  const type = kind === 'JSON' && !isJson(text) ? 'text/plain' : (TYPES[kind] ?? 'text/plain')
  const findings = await scanBody(bytes, type)
  bodies.add(kind, path, findings)
  if (bodies.items % 1000 === 0) process.stderr.write(`${bodies.items} bodies\n`)
}
const targets = table()
const order = [...urls].map((url) => [hashOf(url), url]).sort(([a], [b]) => (a < b ? -1 : 1))
for (const [, url] of order.slice(0, Number(flags.urls))) {
  const {host} = new URL(url)
  const isAddress = /^[\d.]+(?::\d+)?$|^\[|^localhost\b|\.local(?:host)?\b|^(?:metadata|instance-data)\b/.test(host)
  const findings = await scanUrl(url)
  // addresses of this machine and of networks are refused as such
  if (isAddress && findings.some(({layer}) => /ssrf/.test(layer))) continue
  targets.add('URL', url, findings)
}
process.stdout.write(`${bodies.text('bodies')}\n${targets.text('URLs')}\n`)
if (flags.json) {
  const result = {bodies: bodies.result(), urls: targets.result(), hosts: hosts.size}
  writeFileSync(flags.json, `${JSON.stringify(result, undefined, 2)}\n`)
}

function table() {
  const kinds = new Map()
  const rules = new Map()
  const warned = new Map()
  const refused = []
  const self = {
    items: 0,
    add(kind, name, findings) {
      self.items++
      const row = kinds.get(kind) ?? {items: 0, refused: 0}
      kinds.set(kind, row)
      row.items++
      const blocking = findings.filter(({action}) => action === 'block')
      for (const {rule} of findings.filter(({action}) => action === 'warn')) count(warned, rule)
      if (blocking.length === 0) return
      row.refused++
      const names = [...new Set(blocking.flatMap(({rules: all}) => all))]
      for (const rule of names) count(rules, rule)
      refused.push({kind, name, rules: names})
    },
    result: () => ({
      items: self.items,
      refused: refused.length,
      kinds: Object.fromEntries([...kinds].sort()),
      rules: Object.fromEntries([...rules].sort((a, b) => b[1] - a[1])),
      warned: Object.fromEntries([...warned].sort((a, b) => b[1] - a[1])),
      each: refused,
    }),
    text(title) {
      const share = (n, all) => `${((100 * n) / Math.max(1, all)).toFixed(3)} %`
      const lines = [`${title}: ${refused.length} of ${self.items} refused (${share(refused.length, self.items)})`]
      for (const [kind, row] of [...kinds].sort())
        lines.push(
          `  ${kind.padEnd(26)} ${String(row.refused).padStart(5)} of ${row.items} (${share(row.refused, row.items)})`,
        )
      for (const [rule, n] of [...rules].sort((a, b) => b[1] - a[1])) lines.push(`  by ${rule}: ${n}`)
      for (const [rule, n] of warned) lines.push(`  reported only, ${rule}: ${n}`)
      if (flags.verbose) for (const {name, rules: all} of refused) lines.push(`  ${all.join(', ')}: ${name}`)
      return lines.join('\n')
    },
  }
  return self
}

function count(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1)
}
