// What an operator lifts or restores, as the facts of a receipt: nobody requested anything, so it has no method and no request.
import type {Authorization} from '../../core/services/recorder.js'
import {sanitisePattern, sanitiseTarget} from '../../formats/sanitise.js'
import {AS_IS, clientFields, type Redactor} from './clean.js'
import type {DecisionFacts} from './facts.js'

export interface AuthorizationOptions {
  /** undefined: redaction is off. */
  readonly redactor: Redactor | undefined
  readonly policyHash: string
  readonly atMs: number
  /** UUIDv7. */
  readonly actionId: string
}

export function authorizationFacts(
  {verdict, layer, target, actor, pattern}: Authorization,
  {redactor, policyHash, atMs, actionId}: AuthorizationOptions,
): DecisionFacts {
  const fields = redactor === undefined ? AS_IS : clientFields(redactor)
  return {
    atMs,
    actionId,
    actor: fields.actor(actor),
    target: redactor === undefined ? target : sanitiseTarget(target, redactor.isClean),
    policyHash,
    verdict,
    transport: 'config',
    method: '',
    layer,
    pattern: redactor === undefined ? pattern : sanitisePattern(pattern, redactor.isClean),
    severity: '',
    requestId: '',
    actionType: 'authorize',
    sideEffect: 'none',
    reversibility: 'full',
    contract: undefined,
    dirty: [],
  }
}
