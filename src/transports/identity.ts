// Identifies the agent of a request. Pure. The configured default is the only name that a client cannot choose.
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

/** A name in the spelling of evidence, and as sent where that differs: a truncated secret is still a secret. */
export interface ClaimedAgent extends Agent {
  readonly claimed?: string
}

export const ANONYMOUS: Agent = {name: 'anonymous', basis: 'self-declared'}

export function identify(input: IdentityInput): ClaimedAgent {
  const {headers, query, defaultIdentity, bindDefault} = input
  if (bindDefault && defaultIdentity !== '') return {name: defaultIdentity, basis: 'config-default'}
  const [first, ...others] = headers
  if (first !== undefined) {
    // two different names: another component may read the other one
    if (others.some((other) => other !== first)) return ANONYMOUS
    return claimedAs(first)
  }
  if (defaultIdentity !== '') return {name: defaultIdentity, basis: 'config-default'}
  if (query !== undefined && query !== '') return claimedAs(query)
  return ANONYMOUS
}

function claimedAs(raw: string): ClaimedAgent {
  const name = sanitiseAgent(raw)
  return {name, basis: 'self-declared', ...(name !== raw && {claimed: raw})}
}

/** The spelling of a name in receipts, metrics and directories. */
export function sanitiseAgent(raw: string): string {
  const name = raw.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64)
  return name === '' ? 'anonymous' : name
}
