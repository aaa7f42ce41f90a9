// What one client sends over several requests: one append to a full buffer, one record in a budget, one core, real rules.
import {perCall, summary} from '../lib/stats.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

const WORDS = ['region', 'sort', 'limit', 'fields', 'status', 'owner', 'branch', 'query', 'filter', 'page']

/** 40 bytes as a request carries them, others in every call. */
const forty = (i) =>
  `${WORDS[i % 10]}=${WORDS[(i * 7) % 10]}&id=${((i * 2654435761) >>> 0).toString(36)}&n=${i}`
    .padEnd(40, 'x')
    .slice(0, 40)

/** Made beforehand: the making is no part of the row. */
const TEXTS = 262_144
const texts = () => Array.from({length: TEXTS}, (_, i) => forty(i))

async function fragments() {
  const [{createFragmentBuffer}, {fragmentScanner}, {buildScanner}, {sections}, {atOnce}] = await Promise.all([
    dist('plugins/cross-request/fragments.js'),
    dist('plugins/cross-request/create.js'),
    dist('plugins/dlp/create.js'),
    dist('plugins/dlp/config.js'),
    dist('lib/slices.js'),
  ])
  const config = {dlp: sections.dlp.parse({scan_env: false}), canary_tokens: sections.canary_tokens.parse({})}
  const scanner = fragmentScanner(await buildScanner(config, {env: {}}))
  const buffer = createFragmentBuffer(scanner, {windowMs: 300_000, maxCharacters: 65_536})
  const made = texts()
  // full: beginnings of tokens that never end, opaque runs, and the ends of many places
  for (let i = 0; i < 256; i++) {
    atOnce(buffer.add([{stream: 'field:t', texts: [`ghp_${String(i).padStart(6, 'Q')}`]}], i))
    atOnce(buffer.add([{stream: `field:x${i % 64}`, texts: [`${forty(i)}/${'kJ8x'.repeat(60)}${i}`]}], i))
  }
  return (i) => atOnce(buffer.add([{stream: 'field:v', texts: [made[i % TEXTS]]}], 1000))
}

export const rows = [
  {
    id: 'fragment.append',
    async run() {
      const append = await fragments()
      if (append(0) !== undefined) throw new Error('filler is taken for a secret')
      return summary('fragment.append', 'us', await perCall((i) => append(i)))
    },
  },
  {
    id: 'entropy.record',
    async run() {
      const {createEntropyBudget} = await dist('plugins/cross-request/entropy-budget.js')
      const one = createEntropyBudget({windowMs: 300_000, seed: 7})
      const made = texts()
      return summary('entropy.record', 'us', await perCall((i) => one.record(made[i % TEXTS], i)))
    },
  },
]
