// Wallet addresses as findings: in URLs as a layer of their own, in request bodies as received and in every other reading.
import {declaredTypes} from '../../core/content-type.js'
import type {Exchange, Target, Unit} from '../../core/exchange.js'
import type {Findings} from '../../core/plugin.js'
import {originForm} from '../../core/target.js'
import {inTurns, type Steps} from '../../core/work.js'
import type {Awaitable} from '../../lib/awaitable.js'
import {readingSteps} from '../../lib/body/readings.js'
import {toFinding, type Refusal} from './layers.js'
import type {WalletMatch, WalletGuard} from './wallet-guard.js'

const CHAIN = {eth: 'Ethereum', btc: 'Bitcoin', sol: 'Solana', bnb: 'BNB Chain'} as const

export function walletRefusal(find: WalletMatch | undefined): Refusal | undefined {
  if (find === undefined) return undefined
  if (find.kind === 'unread') {
    return {
      label: 'address_protection',
      action: find.action,
      rule: 'address_unread',
      detail: 'more is hidden in the text than can be scanned for addresses',
      hint: 'send it without encodings inside encodings, or set address_protection.action to warn',
    }
  }
  const {kind, chain, action, shown} = find
  const setting = `address_protection.allowed_addresses.${chain}`
  return {
    label: 'address_protection',
    action,
    rule: kind === 'lookalike' ? 'address_lookalike' : 'address_unknown',
    detail:
      kind === 'lookalike'
        ? `${CHAIN[chain]} address ${shown} looks like a known address but differs`
        : `${CHAIN[chain]} address ${shown} is not known`,
    hint: `add the address to ${setting} if it is right`,
  }
}

/**
 * Path and query; a value inside them matches as it does alone, since an address ends at any character that is not a
 * letter or digit.
 */
export function walletTexts(target: Target): readonly string[] {
  const {raw} = target
  const path = originForm(target)
  const fragment = raw.indexOf('#')
  return fragment < 0 ? [path] : [path, raw.slice(fragment)]
}

/** The same agent at the same place; agents with a self-declared name share one session. */
export function sessionOf(x: {
  readonly purpose: Exchange['purpose']
  readonly agent?: Exchange['agent']
  readonly clientIp?: string
}): string | undefined {
  if (x.purpose !== 'request' || x.clientIp === undefined) return undefined
  const agent = x.agent !== undefined && x.agent.basis !== 'self-declared' ? x.agent.name : ''
  return `${agent}|${x.clientIp}`
}

export function inspectBody(x: Exchange, unit: Unit, wallets: WalletGuard): Awaitable<Findings> {
  if (unit.kind !== 'body' || unit.direction !== 'request' || unit.bytes.length === 0) return NOTHING
  return inTurns(x, bodySteps(x, unit, wallets))
}

function* bodySteps(x: Exchange, {bytes, headers}: Unit, wallets: WalletGuard): Steps<Findings> {
  const {texts} = yield* readingSteps(bytes, declaredTypes(headers).join())
  const refusal = walletRefusal(yield* wallets.findSteps(texts, sessionOf(x)))
  return refusal === undefined ? NOTHING : [{...toFinding(refusal), order: BODY_ORDER}]
}

const NOTHING: Findings = []
/** After the credentials and the injections of the same body. */
const BODY_ORDER = 250
