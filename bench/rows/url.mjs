// The URL layers on one core: default configuration, no name resolution, inputs that differ in every call.
import {perCall, summary} from '../lib/stats.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

async function scanner(settings = {}) {
  const {urlScannerForBench} = await import('../lib/scanner.mjs')
  return urlScannerForBench(dist, settings)
}

const row = (id, make, {blocked, config} = {}) => ({
  id,
  async run() {
    const scan = await scanner(config)
    const [first] = (await scan(make(0))).findings
    if (first?.layer !== blocked) {
      throw new Error(`the verdict is ${first?.layer ?? 'allowed'}: ${first?.detail}, expected ${blocked ?? 'allowed'}`)
    }
    return summary(id, 'us', await perCall((i) => scan(make(i))))
  },
})

const n4 = (i) => String(1000 + (i % 9000))
const params = (count) => (i) =>
  `https://api.example.com/search/v1?${Array.from({length: count}, (_, k) => `p${k}=value${k + (i % 1000)}`).join('&')}`

// 38 different letters and digits: high entropy, another text in every call, no credential shape; made before the clock runs
const ALPHABET = 'aB3dE5gH7jK9mN2pQ4rS6tU8vW0xYzCbFhLwAcDeGfIiJkMlOnPoRqTsVuXyZ1'
const RANDOM = Array.from({length: 62}, (_, i) =>
  Array.from({length: 38}, (__, k) => ALPHABET[(k * 23 + i) % 62]).join(''),
)
const random = (i) => RANDOM[i % 62]

const key = (i) => `AKIA${`IOSFODNN7${String(i % 10_000_000).padStart(7, '0')}`}`

export const rows = [
  row('url.plain', (i) => `https://www.example.com/docs/guide/intro${n4(i)}/page-one`.slice(0, 54)),
  row('url.100', (i) =>
    `https://api.example.com/v1/projects/alpha/items/${n4(i)}?limit=50&offset=100&sort=created&fields=names`.slice(
      0,
      100,
    ),
  ),
  row('url.complex', (i) => `https://api.example.com:8443/v2/search?q=weather${n4(i)}&lang=en&page=2`.slice(0, 71)),
  row('url.blocklist', (i) => `https://www.pastebin.com/raw/${n4(i)}`, {blocked: 'blocklist'}),
  row('url.credential', (i) => `https://api.example.com/v1/data?key=${key(i)}`, {blocked: 'core_dlp'}),
  row('url.entropy', (i) => `https://api.example.com/files/${random(i)}`, {blocked: 'entropy'}),
  row('url.overlong', (i) => `https://api.example.com/${n4(i)}${'a'.repeat(2096)}`, {blocked: 'length'}),
  row('url.params.100', params(100)),
  row('url.params.1000', params(1000), {config: {monitoring: {max_url_length: 100_000}}}),
]
