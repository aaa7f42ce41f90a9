// How internal names stand in what is meant to be shared (learn §5.2): a salted digest, the same in every output, or a word
// where no salt is configured. A plain hash would be guessed.
import {saltedHash} from '../compile/host-class.js'
import {spanText} from './code-span.js'
import {clearHost} from './compat.js'
import type {Labels} from './operator.js'

/** What stands for an internal value without a salt. */
export const INTERNAL = '[internal]'

export function hider(salt: Uint8Array | undefined): (value: string) => string {
  return (value) => (salt ? `hmac:${saltedHash(salt, value).slice(0, 16)}` : INTERNAL)
}

export function redactedLabels(salt: Uint8Array | undefined): Labels {
  const hide = hider(salt)
  return {
    host: (rule) =>
      rule.isInternal
        ? `${hide(rule.host ?? '')}${rule.ports[0] === undefined ? '' : `:${rule.ports[0]}`}`
        : clearHost(rule),
    path: (value, isInternal) => (isInternal ? hide(value) : spanText(value)),
  }
}
