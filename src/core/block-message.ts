// A block where there are no response headers: the reason text of a WebSocket close frame and the data of a JSON-RPC
// error. Same closed vocabulary as the headers: no pattern, no matched text, no identity.
import type {Finding} from './decision.js'
import {REASONS} from './reasons.js'
import {LAYER} from './render.js'

const MEMBERS = ['block_reason', 'version', 'severity', 'retry', 'layer', 'receipt'] as const
type BlockMessage = {readonly block_reason: string} & {readonly [K in (typeof MEMBERS)[number]]?: string}

/** 26 characters of Crockford's base 32; any other identifier is left out. */
const RECEIPT = /^[0-9A-HJKMNP-TV-Z]{26}$/

/** Members in wire order; empty ones are left out. */
export function blockMessage({reason, layer}: Pick<Finding, 'reason' | 'layer'>, receipt = ''): BlockMessage {
  const {severity, retry} = REASONS[reason]
  return {
    block_reason: reason,
    version: '1',
    severity,
    retry,
    ...(LAYER.test(layer) && {layer}),
    ...(RECEIPT.test(receipt) && {receipt}),
  }
}

/** Bytes left for text in a control frame after the two-byte status code (RFC 6455, section 5.5). */
const MAX_BYTES = 123

/** At most 123 bytes: the least useful members are left out first. */
export function closeReason(cause: Pick<Finding, 'reason' | 'layer'>, receipt?: string): string {
  const message: Partial<Record<string, string>> = blockMessage(cause, receipt)
  for (let last = MEMBERS.length; last > 0; last--) {
    const text = JSON.stringify(Object.fromEntries(MEMBERS.slice(0, last).map((name) => [name, message[name]])))
    if (Buffer.byteLength(text) <= MAX_BYTES) return text
  }
  return OVERFLOW
}

const OVERFLOW = '{"block_reason":"block_reason_overflow","version":"1"}'
