// Envelopes for tests: the published example, and requests that any peer could sign.
import type {OutboundRequest, Ruling} from '../../../../src/core/policy.js'
import type {Exchange} from '../../../../src/core/exchange.js'
import {privateKeyFromSeed} from '../../../../src/lib/ed25519.js'
import {createAttest, type SignerParts} from '../../../../src/plugins/mediation/sign.js'
import {EXCHANGE} from '../../../support/exchanges.js'

export const KEY = privateKeyFromSeed(Buffer.from(Array.from({length: 32}, (_, i) => i)))
export const CREATED = 1_777_400_000
export const POLICY_HASH = '9c1748d72cd666c94fa87a3c699fb35f80a4d801f0ef4959714fd7c4ac376ab1'

export const PARTS: SignerParts = {
  section: {
    actor_format: 'spiffe',
    trust_domain: 'prod.example',
    key_id: 'pipelock-mediation-v1',
    signed_components: ['@method', '@target-uri', 'pipelock-mediation', 'content-digest'],
  },
  key: KEY,
  expiresSeconds: 300,
  policyHash: POLICY_HASH,
  now: () => CREATED * 1000,
  random: () => Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
}

export const exchange = (part: Partial<Exchange> = {}): Exchange => ({
  ...EXCHANGE,
  id: '019dd52f-2c00-7abc-8def-0123456789ab',
  agent: {name: 'claude-code', basis: 'bound'},
  ...part,
})

export const ruling = (action: 'allow' | 'warn' = 'allow'): Ruling => ({decision: {action}}) as unknown as Ruling

export const POST: OutboundRequest = {
  method: 'POST',
  uri: 'https://api.example.com/v1/messages?stream=false',
  authority: 'api.example.com',
  fields: [],
  body: Buffer.from('{"hello":"world"}'),
  hop: 0,
}

/** The fields of a request, signed by the peer of the example. */
export function signedFields(
  request: Partial<OutboundRequest> = {},
  parts: Partial<SignerParts> = {},
): (readonly [string, string])[] {
  const flat = createAttest({...PARTS, ...parts})(exchange(), ruling(), {...POST, ...request})
  return flat.flatMap((value, i) => (i % 2 === 0 ? [] : [[flat[i - 1] ?? '', value] as const]))
}
