// The keys and the roster that learning and locking need, made in one step where they are missing. What exists is used: a second
// agent gets a key of its own under the same operator, receipt key and root.
import {join} from 'node:path'
import {pathExists} from '../../lib/secure-read.js'
import type {RosterRequest, RosterSummary} from './roster-build.js'

export interface FirstKeys {
  readonly roster: string
  readonly root_fingerprint: string
  /** Signs rosters and nothing else: belongs on another medium. */
  readonly root_key: string
  readonly receipt_key: string
  /** Paths of the private keys that were made now. */
  readonly made: readonly string[]
}

export interface FirstKeysRequest {
  readonly home: string
  readonly agent: string
  /** Names the activation key and the person behind it. */
  readonly operator: string
  readonly roster: string
}

export interface KeyMaker {
  generatePair(keystore: string, name: string, force: boolean): {readonly private_key: string}
  generateKeyFile(purpose: string, out: string, id: string, force: boolean): unknown
  buildRoster(request: Omit<RosterRequest, 'nowMs'>): RosterSummary
}

const RECEIPT_ID = 'receipt-signing'

export function makeFirstKeys({home, agent, operator, roster}: FirstKeysRequest, keys: KeyMaker): FirstKeys {
  const made: string[] = []
  const keyFile = (purpose: string, path: string, id: string): string => {
    if (!pathExists(path)) {
      keys.generateKeyFile(purpose, path, id, false)
      made.push(path)
    }
    return path
  }
  if (!pathExists(join(home, 'agents', agent, 'id_ed25519'))) {
    made.push(keys.generatePair(home, agent, false).private_key)
  }
  const receiptKey = keyFile('receipt-signing', join(home, 'keys', `${RECEIPT_ID}.json`), RECEIPT_ID)
  const operatorKey = keyFile('contract-activation-signing', join(home, 'keys', `${operator}.json`), operator)
  const root = keyFile('roster-root', join(home, 'root-key', 'root.json'), 'root')
  const include = (id: string, key: string, purpose: string, more = ''): string =>
    `id=${id},key=${key.replaceAll(',', String.raw`\,`)},purpose=${purpose}${more}`
  const built = keys.buildRoster({
    root,
    includes: [
      include(agent, join(home, 'agents', agent, 'id_ed25519.pub'), 'contract-compile-signing'),
      include(operator, operatorKey, 'contract-activation-signing', `,role=${operator}`),
      include(RECEIPT_ID, receiptKey, 'receipt-signing'),
    ],
    out: roster,
    dataClass: 'internal',
    schemaVersion: 1,
    validUntil: null,
    force: false,
  })
  return {roster, root_fingerprint: built.root_fingerprint, root_key: root, receipt_key: receiptKey, made}
}
