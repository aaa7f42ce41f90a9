// Flags of the commands that verify receipts with keys, and evidence receipts with a roster.
import {PipelockError} from '../core/errors.js'
import type {Roster} from '../formats/documents/roster.js'
import type {Tools} from '../plugins/registry.js'
import {Flags} from './base.js'

export const trustedKeys = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'KEY',
  description: 'trusted signer: 64 hex characters or a public key file; repeatable, give every key of a rotated log',
})

export const rosterFlags = {
  roster: Flags.string({
    helpValue: 'FILE',
    dependsOn: ['roster-root-fingerprint'],
    description: 'key roster that says who may sign evidence receipts, as those of ratify, promote and rollback',
  }),
  'roster-root-fingerprint': Flags.string({
    helpValue: 'FP',
    dependsOn: ['roster'],
    description: 'fingerprint of the roster root, known from elsewhere',
  }),
}

/** Of the commands that read one roster. */
export const oneRosterFlags = {
  path: Flags.string({required: true, helpValue: 'FILE', description: 'roster: .json, .yaml or .yml'}),
  'roster-root-fingerprint': Flags.string({
    aliases: ['root-fingerprint'],
    required: true,
    helpValue: 'SHA256',
    description: 'fingerprint of the root key',
  }),
}

interface RosterValues {
  readonly roster: string | undefined
  readonly 'roster-root-fingerprint': string | undefined
}

/** A roster that does not load under its root is wrong usage: no receipt is verified. */
export async function rosterOf(
  {roster: path, 'roster-root-fingerprint': pin}: RosterValues,
  tools: () => Promise<Tools['signing']>,
): Promise<Roster | undefined> {
  if (path === undefined || pin === undefined) return undefined
  const signing = await tools()
  try {
    return signing.loadRoster(path, pin)
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    const what = error.code === 'roster_fingerprint_mismatch' ? 'wrong root' : error.code
    throw new PipelockError('usage', `--roster: ${what}: ${error.message}`)
  }
}
