// How work grows: what twice as much of a text costs, as a multiple of what the text costs, for texts that are
// made to be expensive. Two is linear; the requirement is 2.2. Processor time, so that other programs hardly matter.
import {randomBytes} from 'node:crypto'
import {quantile} from '../lib/stats.mjs'
import {PREFIXES as CREDENTIALS, hostile as credentials} from './text.mjs'
import {hostile as phrases} from './response.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

async function scanners() {
  const [{loadConfig}, {default: dlp}, {default: injection}, {createPorts}, {parseTarget}] = await Promise.all([
    dist('host/config/load.js'),
    dist('plugins/dlp/index.js'),
    dist('plugins/injection/index.js'),
    dist('host/ports.js'),
    dist('core/target.js'),
  ])
  const {config} = await loadConfig(undefined)
  const ports = createPorts({})
  const own = {...config.dlp, scan_env: false}
  const dlpScanner = await (await dlp.tools(ports)).scanner({...config, dlp: own})
  const responses = (await injection.tools(ports)).scanner()
  return {
    text: (text) => dlpScanner.text(text, {surface: 'body', all: true}),
    joined: (values) => dlpScanner.joined(values, {surface: 'body'}),
    answer: (text) => responses.scan(text, {source: 'http_response'}),
    url: (raw) => dlpScanner.scanUrl(parseTarget(raw).target),
  }
}

function spent(work) {
  const before = process.cpuUsage()
  work()
  const {user, system} = process.cpuUsage(before)
  return user + system
}

/** The least of several, so that a collection of garbage in one of them says nothing. */
const least = (count, work) => Math.min(...Array.from({length: count}, () => spent(work)))

/** `inputs`: name → text or values of about so many units. The sample of a row is its worst input. */
const row = (id, surface, size, inputs) => ({
  id,
  async run() {
    const scan = (await scanners())[surface]
    const times = Object.entries(inputs).map(([name, make]) => {
      const [one, two] = [make(size), make(2 * size)]
      spent(() => scan(one))
      spent(() => scan(two))
      return {name, times: least(8, () => scan(two)) / least(8, () => scan(one))}
    })
    const sorted = times.toSorted((a, b) => a.times - b.times)
    const ordered = sorted.map((one) => one.times)
    const [p25, p75] = [0.25, 0.75].map((q) => quantile(ordered, q))
    // the worst input is what counts
    return {id, unit: 'times', median: ordered.at(-1), p25, p75, n: ordered.length, worst: sorted.at(-1).name}
  },
})

const repeated = (unit) => (size) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
const token = (i) => `${['gh', 'p_'].join('')}a1B2c3D4e5F6g7H8j9K0mNpQrStUvW${String(i).padStart(6, '0')}`
const nested = (depth) => '%'.padEnd(1 + 2 * depth, '25')

export const rows = [
  row('growth.text', 'text', 131_072, {
    ...Object.fromEntries(CREDENTIALS.map((prefix) => [prefix, repeated(prefix)])),
    beginnings: (size) => credentials(size)(1),
    accounts: repeated('"type": "service_account", '),
    separators: repeated('a.b-c_d/e|f '),
    base64: (size) => randomBytes(size).toString('base64').slice(0, size),
    escapes: repeated('%2541%2542'),
    references: repeated('&#65;&#x42;'),
    codes: repeated('65,75,73,'),
    invisible: repeated('A\u200bK\u200b'),
  }),
  row('growth.joined', 'joined', 4000, {
    tokens: (size) => Array.from({length: size}, (_, i) => token(i)),
    beginnings: (size) => Array.from({length: size}, (_, i) => CREDENTIALS[i % CREDENTIALS.length]),
    letters: (size) => Array.from({length: size}, (_, i) => String.fromCharCode(65 + (i % 26))),
  }),
  row('growth.answer', 'answer', 131_072, {
    beginnings: (size) => phrases(size)(1),
    separators: repeated('i.g-n_o r\u200be '),
    references: repeated('&#105;&#103;'),
    verbs: repeated('ignore forget disregard '),
    invisible: repeated('i\u200bg\u200b'),
  }),
  row('growth.url', 'url', 10_000, {
    parameters: (size) => `http://example.com/?${Array.from({length: size}, (_, i) => `k${i}=v${i}`).join('&')}`,
    letters: (size) => `http://example.com/?${Array.from({length: size}, (_, i) => `${i % 10}=A`).join('&')}`,
    segments: (size) => `http://example.com/${'ab/'.repeat(size)}`,
    escapes: (size) => `http://example.com/?q=${nested(size)}41`,
  }),
]
