// Requests as another firewall signs them: a listed peer in front of the one under test.
import type {Ruling} from '../../src/core/policy.js'
import type {PrivateKey} from '../../src/lib/ed25519.js'
import {createAttest} from '../../src/plugins/mediation/sign.js'
import {EXCHANGE} from './exchanges.js'

export interface PeerRequest {
  readonly method: string
  readonly uri: string
  readonly body?: string | undefined
}

/** The fields of the envelope and of its signature, under the key id `peer`. */
export function peerFields(
  key: PrivateKey,
  nowMs: number,
  {method, uri, body}: PeerRequest,
): readonly (readonly [string, string])[] {
  const attest = createAttest({
    section: {
      actor_format: 'spiffe',
      trust_domain: 'prod.example',
      key_id: 'peer',
      signed_components: ['@method', '@target-uri', 'pipelock-mediation', 'content-digest'],
    },
    key,
    expiresSeconds: 300,
    policyHash: '00'.repeat(32),
    now: () => nowMs,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  })
  const flat = attest(EXCHANGE, {decision: {action: 'allow'}} as unknown as Ruling, {
    method,
    uri,
    authority: new URL(uri).host,
    fields: [],
    body: body === undefined ? 'none' : Buffer.from(body),
    hop: 0,
  })
  return flat.flatMap((value, i) => (i % 2 === 0 ? [] : [[flat[i - 1] ?? '', value] as const]))
}
