// Credential detection over text on one core: default patterns, no known values, inputs that differ in every call.
import {randomBytes} from 'node:crypto'
import {perCall, summary} from '../lib/stats.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

async function textScanner() {
  const [{loadConfig}, {default: dlp}, {createPorts}] = await Promise.all([
    dist('host/config/load.js'),
    dist('plugins/dlp/index.js'),
    dist('host/ports.js'),
  ])
  const {config} = await loadConfig(undefined)
  const scanner = await (await dlp.tools(createPorts({}))).scanner({...config, dlp: {...config.dlp, scan_env: false}})
  return (text) => scanner.text(text, {surface: 'body'})
}

const SENTENCES =
  'The harbour was quiet when the first boats came in. Nobody had expected the weather to turn so early in the year, and ' +
  'the nets were still drying on the wall. She counted the boxes twice, wrote the number down, and went to look for her ' +
  'brother. It would be another hour before the market opened. Most of the morning had been spent on letters, and none of ' +
  'them said what she had hoped for. '

/** Ordinary sentences cut to a length, another text for every `i`. */
export function prose(length) {
  const text = SENTENCES.repeat(Math.ceil(length / SENTENCES.length) + 1)
  return (i) => `${String(i % 1_000_000)} ${text.slice(i % 97, (i % 97) + length)}`.slice(0, length)
}

/** Other texts of the same make: sixteen, in turn. */
const inTurn = (make) => {
  const texts = Array.from({length: 16}, (_, i) => make(i))
  return (i) => texts[i % texts.length]
}

export const PREFIXES = (
  'sk-ant- sk-proj- sk-svcacct- fw_ AKIA ASIA AIza GOCSPX- ya29. sk_live_ whsec_ ghp_ github_pat_ glpat- xoxb- xapp-1- ' +
  'MTA SK SG. key- NRAK- hf_ dapi r8_ tok_ pcsk_ gsk_ xai- dop_v1_ hvs. vercel_ sb_secret_ npm_ pypi-AgE lin_api_ ntn_ ' +
  'sntrys_ eyJ .eyJ -----BEGIN xprv 0x 123-45- 4111 DE89 password secret_access_key API_TOKEN postgres:// ' +
  '"type" AccountKey sig= 8Q~ 123456789: shpat_ ATATT3 PMAK- dp.pt. .atlasv1.'
).split(' ')

/** Prefixes of credentials cut at every length, between them separators and characters that are not seen. */
export function hostile(length) {
  const between = [' ', '.', '-', '_', '/', '\u200b', '\n', '=', '&', '%', '"', ',', '']
  return (seed) => {
    let text = ''
    for (let i = seed; text.length < length; i++) {
      const prefix = PREFIXES[(i * 7) % PREFIXES.length]
      text += prefix.slice(0, 1 + (i % prefix.length)) + between[(i * 5) % between.length]
    }
    return text.slice(0, length)
  }
}

const MIXED = 'a1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYz'
const match = (i) => `please use ${['gh', 'p_'].join('')}${MIXED}${String(1000 + (i % 9000))} for the build`

/** Words of the list in an order that changes with every call. */
const {wordlist} = await import('@scure/bip39/wordlists/english.js')
const seeds = (i) => Array.from({length: 1000}, (_, k) => wordlist[(k * 557 + i * 31) % 2048]).join(' ')

const row = (id, make, {finds = false} = {}) => ({
  id,
  async run() {
    const scan = await textScanner()
    const {matches, exhausted} = scan(make(0))
    if (matches.length > 0 !== finds || exhausted) throw new Error(`${id}: ${JSON.stringify({matches, exhausted})}`)
    return summary(id, 'us', await perCall((i) => scan(make(i))))
  },
})

export const rows = [
  row('text.75', prose(75)),
  row('text.1k', inTurn(prose(1024))),
  row('text.10k', inTurn(prose(10_240))),
  row('text.256k', inTurn(prose(262_144))),
  row(
    'text.base64.256k',
    inTurn(() => randomBytes(196_608).toString('base64')),
  ),
  row('text.hostile.10k', inTurn(hostile(10_240))),
  row('text.hit', match, {finds: true}),
  row('seed.1000', inTurn(seeds), {finds: true}),
]
