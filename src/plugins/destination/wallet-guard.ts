// Address protection: detects wallet addresses in a request that the operator does not know. One that only looks like a
// known address, with the same beginning and end, is what a poisoned clipboard or page substitutes.
import {createHash} from 'node:crypto'
import {atOnce, slicesOf} from '../../lib/slices.js'
import {readingSteps} from '../../lib/text/disguises.js'
import {decodedRuns} from '../../lib/text/encoded-runs.js'
import {INVISIBLE, normaliseForDlp} from '../../lib/text/normalise.js'
import {createLru} from '../../lib/lru.js'
import {walletAddresses, type Chain, type WalletAddress} from './wallet-address.js'

export interface WalletConfig {
  readonly enabled: boolean
  readonly action: 'block' | 'warn'
  readonly unknown_action: 'allow' | 'warn' | 'block'
  readonly chains: Readonly<Record<Chain, boolean>>
  readonly allowed_addresses: Readonly<Record<Chain, readonly string[]>>
  readonly prefix_length: number
  readonly suffix_length: number
}

export type WalletMatch =
  | {
      readonly kind: 'lookalike' | 'unknown'
      readonly chain: Chain
      readonly action: 'warn' | 'block'
      /** Six characters of either end: enough to recognise, too few to pay to. */
      readonly shown: string
    }
  /** More is hidden in the text than can be inspected. */
  | {readonly kind: 'unread'; readonly action: 'warn' | 'block'}

/** Addresses that agents have sent before, so that a later look-alike is detected. Lives as long as the process. */
export interface WalletMemory {
  /** Of a session: ends of an address → digest of the whole. */
  of(session: string): Map<string, string>
}

export interface WalletGuard {
  /** The gravest match in the texts of one request; undefined for none. */
  find(texts: readonly string[], session?: string): WalletMatch | undefined
  /** The same in steps. */
  findSteps(texts: readonly string[], session?: string): Generator<undefined, WalletMatch | undefined>
}

const CHAINS: readonly Chain[] = ['eth', 'btc', 'sol', 'bnb']
const MAX_SESSIONS = 10_000
const MAX_REMEMBERED = 1000

export function createWalletMemory(): WalletMemory {
  const sessions = createLru<Map<string, string>>(MAX_SESSIONS)
  return {
    of(session) {
      const known = sessions.get(session)
      if (known !== undefined) return known
      const made = new Map<string, string>()
      sessions.set(session, made)
      return made
    },
  }
}

/** undefined where the section is off. */
export function createWalletGuard(config: WalletConfig, memory: WalletMemory): WalletGuard | undefined {
  if (!config.enabled) return undefined
  const known = new Map<Chain, ReadonlySet<string>>()
  const knownEnds = new Map<Chain, ReadonlySet<string>>()
  const ends = (key: string): string =>
    `${key.length} ${key.slice(0, config.prefix_length)} ${key.slice(-config.suffix_length)}`
  for (const chain of CHAINS) {
    const keys = config.allowed_addresses[chain].flatMap((text) => walletAddresses(text).map(({key}) => key))
    known.set(chain, new Set(keys))
    knownEnds.set(chain, new Set(keys.map(ends)))
  }

  const judge = ({chains, key}: WalletAddress, priorEnds: Map<string, string> | undefined): WalletMatch | undefined => {
    const active = chains.filter((chain) => config.chains[chain])
    const [chain] = active
    if (chain === undefined || active.some((one) => known.get(one)?.has(key))) return undefined
    const shown = `${key.slice(0, 6)}…${key.slice(-6)}`
    if (active.some((one) => knownEnds.get(one)?.has(ends(key))) || isPoisoned(chain, key, priorEnds)) {
      return {kind: 'lookalike', chain, action: config.action, shown}
    }
    return config.unknown_action === 'allow'
      ? undefined
      : {kind: 'unknown', chain, action: config.unknown_action, shown}
  }

  /** True when another address of this session has the same ends. */
  const isPoisoned = (chain: Chain, key: string, priorEnds: Map<string, string> | undefined): boolean => {
    if (priorEnds === undefined) return false
    const place = `${chain} ${ends(key)}`
    const digest = createHash('sha256').update(key).digest('base64').slice(0, 16)
    const before = priorEnds.get(place)
    if (before === undefined && priorEnds.size < MAX_REMEMBERED) priorEnds.set(place, digest)
    return before !== undefined && before !== digest
  }

  const findSteps: WalletGuard['findSteps'] = function* (texts, session) {
    const priorEnds = session === undefined ? undefined : memory.of(session)
    let gravest: WalletMatch | undefined
    const keep = (match: WalletMatch | undefined): void => {
      if (match !== undefined && (gravest === undefined || weight(match) > weight(gravest))) gravest = match
    }
    for (const text of texts) {
      for (const slice of slicesOf(text, ...WINDOW)) {
        const {forms, exhausted} = yield* formsOf(slice.text)
        for (const form of forms) {
          for (const address of walletAddresses(form)) keep(judge(address, priorEnds))
          yield
        }
        if (exhausted) keep({kind: 'unread', action: config.action})
      }
    }
    return gravest
  }

  return {find: (texts, session) => atOnce(findSteps(texts, session)), findSteps}
}

const WEIGHT = {unread: 0, unknown: 1, lookalike: 2} as const

function weight({kind, action}: WalletMatch): number {
  return (action === 'block' ? 4 : 0) + WEIGHT[kind]
}

/** Deep enough for what other scanners see through. */
const MAX_DEPTH = 3
/** Characters that are scanned between two pauses, and how far they overlap: no address in any encoding is longer. */
const WINDOW = [16_384, 4_096] as const
/** No address is shorter, nor is it in base64. */
const SHORTEST = 14
const ENCODED = {shortest: 19}

interface Forms {
  readonly forms: ReadonlySet<string>
  readonly exhausted: boolean
}

/** The texts in which addresses are looked for: as written, in every other reading, and what is encoded in any of them. */
function* formsOf(text: string): Generator<undefined, Forms> {
  const budget = {attempts: 512 + text.length, bytes: 32 * text.length + 65_536}
  const forms = new Set<string>()
  let isTooDeep = false
  const add = function* (source: string, depth: number): Generator<undefined, void> {
    if (source.length < SHORTEST) return
    const {readings, exhausted} = yield* readingSteps(source, {inWords: true})
    isTooDeep ||= exhausted
    for (const form of [source, ...readings.map((reading) => reading.text)]) {
      if (forms.has(form)) continue
      const folded = normaliseForDlp(form).joined
      // as written, too: folding turns the address of a text that has both into another one
      forms.add(form).add(form.replace(INVISIBLE, '')).add(folded)
      if (depth === MAX_DEPTH) continue
      for (const each of new Set([form, folded])) {
        yield
        for (const run of decodedRuns(each, budget, ENCODED)) yield* add(run.text, depth + 1)
      }
    }
  }
  yield* add(text, 0)
  return {forms, exhausted: isTooDeep || budget.attempts < 0 || budget.bytes < 0}
}
