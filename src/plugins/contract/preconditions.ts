// Preconditions of a manifest: enough operators have signed, and it names one environment.
import {PipelockError} from '../../core/errors.js'
import type {Environment} from '../../formats/documents/active-manifest.js'
import {resolveKey} from '../../formats/documents/resolve-key.js'
import type {Roster} from '../../formats/documents/roster.js'
import {quoted} from '../../lib/terminal.js'
import {sameEnvironment} from './documents.js'

const ACTIVATION = 'contract-activation-signing'
/** Operators that a production roster must know, so that losing one stops nobody. */
const PRODUCTION_PRINCIPALS = 3

export interface SigningPolicy {
  readonly production: boolean
  /** `minimum_signatures` of the configuration. */
  readonly minimumSignatures: number
}

/** Throws `dual_control` unless the signers suffice. Two keys of one principal count once. */
export function checkSigners(
  signers: readonly {readonly keyId: string; readonly principal: string}[],
  policy: SigningPolicy,
  roster: Roster,
  nowMs: number,
): void {
  if (policy.production && signers.length < 2) {
    throw new PipelockError('dual_control', '--production needs a second operator', {
      hint: 'add --dual-control-from ID',
    })
  }
  if (policy.production) checkOperators(roster, nowMs)
  const required = Math.max(signers.length > 1 ? 2 : 1, policy.minimumSignatures)
  if (signers.some(({principal}) => principal === '')) {
    throw new PipelockError('dual_control', 'an activation key names no principal in the roster', {
      hint: 'build the roster with role=NAME for every activation key',
    })
  }
  const principals = new Set(signers.map(({principal}) => principal))
  if (principals.size < required) {
    throw new PipelockError(
      'dual_control',
      `${required} different principals must sign, these keys belong to ${principals.size}`,
      signers.length < 2 ? {hint: 'add --dual-control-from ID'} : {},
    )
  }
}

function checkOperators(roster: Roster, nowMs: number): void {
  const principals = new Set<string>()
  for (const [id, {info, purpose}] of roster.keys) {
    if (purpose === ACTIVATION && info.principal && isUsable(roster, id, nowMs)) principals.add(info.principal)
  }
  if (principals.size < PRODUCTION_PRINCIPALS) {
    throw new PipelockError(
      'dual_control',
      `--production needs activation keys of ${PRODUCTION_PRINCIPALS} principals in the roster, it has ${principals.size}`,
    )
  }
}

function isUsable(roster: Roster, id: string, nowMs: number): boolean {
  try {
    resolveKey(roster, id, ACTIVATION, nowMs)
    return true
  } catch (error) {
    if (error instanceof PipelockError) return false
    throw error
  }
}

export type EnvironmentFlags = {readonly [K in keyof Environment]?: string | undefined}

/** Flags, else the accepted manifest, else the configuration; member by member. What is accepted already cannot be changed. */
export function resolveEnvironment(
  flags: EnvironmentFlags,
  accepted: Environment | undefined,
  configured: Environment | undefined,
): Environment {
  const known = accepted ?? configured
  const id = flags.id ?? known?.id
  if (!id) {
    throw new PipelockError('usage', 'the environment of the first manifest is not known', {
      hint: 'give --environment-id, --tenant and --deployment-id, or --config with learn_lock.environment',
    })
  }
  const environment = {
    id,
    tenant: flags.tenant ?? known?.tenant ?? '',
    deployment_id: flags.deployment_id ?? known?.deployment_id ?? '',
  }
  if (accepted && !sameEnvironment(environment, accepted)) {
    throw new PipelockError(
      'environment_mismatch',
      'the accepted manifests of this store are for another environment',
      {
        hint: `they are for id ${quoted(accepted.id)}, tenant ${quoted(accepted.tenant)}, deployment ${quoted(accepted.deployment_id)}; leave the flags out, or use another store`,
      },
    )
  }
  return environment
}
