// Whose request it is (proxy §5.3). Pure. Listeners and address ranges that bind a name come with their configuration;
// until then the configured default is the only name that a client cannot choose.
import type {Agent} from '../core/exchange.js'

export interface IdentityInput {
  /** Every value of `X-Pipelock-Agent`, in wire order. */
  readonly headers: readonly string[]
  /** `?agent=` of an own endpoint. */
  readonly query: string | undefined
  /** Sanitised; "" when not configured. */
  readonly defaultIdentity: string
  readonly bindDefault: boolean
}

export const ANONYMOUS: Agent = {name: 'anonymous', basis: 'self-declared'}

export function identify(input: IdentityInput): Agent {
  const {headers, query, defaultIdentity, bindDefault} = input
  if (bindDefault && defaultIdentity !== '') return {name: defaultIdentity, basis: 'config-default'}
  const [first, ...others] = headers
  if (first !== undefined) {
    // two different names: whichever a component reads, another may read the other
    if (others.some((other) => other !== first)) return ANONYMOUS
    return {name: sanitiseAgent(first), basis: 'self-declared'}
  }
  if (defaultIdentity !== '') return {name: defaultIdentity, basis: 'config-default'}
  if (query !== undefined && query !== '') return {name: sanitiseAgent(query), basis: 'self-declared'}
  return ANONYMOUS
}

/** The one spelling of a name that reaches receipts, metrics and directories. */
export function sanitiseAgent(raw: string): string {
  const name = raw.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64)
  return name === '' ? 'anonymous' : name
}
