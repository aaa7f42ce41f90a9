// Ordinary documents: as responses, as request bodies, the URLs in them as targets, and their identifiers, slugs, digests and
// file names as values in which no credential may be found. Each document is read once.
import {batches} from '../lib/pool.mjs'
import {digestOf, documentPaths, documentsAt, isLocal, TOKENS} from './harvest.mjs'

const URLS_OF_A_HOST = 60
const PROGRESS = 2000

/** `sections`: which of `responses`, `bodies`, `urls`, `credentials` are measured; `list` receives each refusal with its passage. */
export async function ordinary({pool, sections, roots, seed, scale, list, progress}) {
  const tables = Object.fromEntries(['responses', 'bodies', 'urls'].map((id) => [id, createTable()]))
  const learned = []
  const urls = new Map()
  const hosts = new Map()
  const tokens = Object.fromEntries(Object.keys(TOKENS).map((name) => [name, new Set()]))
  let count = 0
  const collectUrl = (url) => {
    if (urls.has(url)) return
    const {host} = new URL(url)
    const known = hosts.get(host) ?? 0
    if (known >= URLS_OF_A_HOST) return
    hosts.set(host, known + 1)
    urls.set(url, digestOf(url))
  }
  const documents = documentsAt(documentPaths(roots, seed), scale.documents)
  const inputs = (function* () {
    for (const part of batches(documents, 20)) yield {documents: part, sections}
  })()
  await pool.run('documents', inputs, (results) => {
    for (const {path, kind, response, body, learned: own, urls: inText = [], tokens: inTokens = {}} of results) {
      if (++count % PROGRESS === 0) progress(`${count} documents`)
      if (response !== undefined) {
        tables.responses.add(kind, response)
        if (response.isRefused)
          list({section: 'responses', kind, path, rules: response.rules, matches: response.matches})
      }
      if (own !== undefined) {
        const {isRefused} = response
        learned.push({kind, ...own, both: isRefused})
      }
      if (body !== undefined) {
        tables.bodies.add(kind, body)
        if (body.isRefused) list({section: 'bodies', kind, path, rules: body.rules, details: body.details})
      }
      for (const url of inText) collectUrl(url)
      for (const [name, values] of Object.entries(inTokens)) for (const value of values) tokens[name].add(value)
    }
  })
  const out = {}
  if (sections.includes('responses')) out.responses = tables.responses.result()
  if (sections.includes('bodies')) out.bodies = tables.bodies.result()
  if (sections.includes('urls')) out.urls = await targets()
  if (sections.includes('credentials')) out.tokens = await falseFindings()
  return {...out, learned}

  async function targets() {
    const taken = firstOf(urls, scale.urls)
    progress(`${taken.length} of ${urls.size} URLs`)
    await pool.run('urls', wrapped(taken, 200, 'urls'), (results) => {
      for (const {url, layers, ...verdict} of results) {
        if (isLocal(url) && layers.some((layer) => /ssrf/.test(layer))) continue
        tables.urls.add('URL', verdict)
        if (verdict.isRefused) list({section: 'urls', url, rules: verdict.rules, details: verdict.details})
      }
    })
    return {...tables.urls.result(), hosts: hosts.size}
  }

  async function falseFindings() {
    const rows = {}
    for (const [name, all] of Object.entries(tokens)) {
      const taken = firstOf(new Map([...all].map((token) => [token, digestOf(token)])), scale.tokens)
      rows[name] = {n: taken.length, generic: 0, others: 0}
      await pool.run('tokens', wrapped(taken, 200, 'tokens'), (results) => {
        for (const {isGeneric, ...one} of results) {
          rows[name][isGeneric ? 'generic' : 'others']++
          list({section: 'tokens', class: name, ...one})
        }
      })
    }
    return rows
  }
}

/** The first `most` keys in the order of their digests, whichever worker came first. */
function firstOf(digests, most) {
  return [...digests]
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .slice(0, most)
    .map(([key]) => key)
}

function* wrapped(all, size, name) {
  for (const part of batches(all, size)) yield {[name]: part}
}

function createTable() {
  const kinds = new Map()
  const [rules, warned] = [new Map(), new Map()]
  const raise = (map, key) => map.set(key, (map.get(key) ?? 0) + 1)
  const total = {n: 0, refused: 0}
  return {
    add(kind, {isRefused, rules: own, warned: reported = []}) {
      const row = kinds.get(kind) ?? {n: 0, refused: 0}
      kinds.set(kind, row)
      for (const one of [row, total]) {
        one.n++
        if (isRefused) one.refused++
      }
      if (isRefused) for (const rule of own) raise(rules, rule)
      for (const rule of reported) raise(warned, rule)
    },
    result: () => ({
      ...total,
      kinds: Object.fromEntries([...kinds].sort(([a], [b]) => (a < b ? -1 : 1))),
      rules: byCount(rules),
      warned: byCount(warned),
    }),
  }
}

function byCount(map) {
  return Object.fromEntries([...map].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)))
}
