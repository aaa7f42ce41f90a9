// Behavioural contracts: the body as one schema, its checks in their fixed order, hash, signature, and the YAML text of
// a signed one. A typed body is already the projection that hash and signature cover.
// Published in docs/formats/contracts.md, Contract.
import type {JsonObject} from '../../lib/json/reader.js'
import type {PrivateKey, PublicKey} from '../../lib/ed25519.js'
import {writeYaml} from '../../lib/yaml/writer.js'
import {PipelockError} from '../../core/errors.js'
import {canonicalHash, matchHash, signBody, verifyBody, type Variant} from './canonical.js'
import {checkCoverage} from './data-class.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {boolean, freeMap, int, list, map, object, opt, project, string, time, type Infer} from './schema.js'
import {MAX_CONTRACT_BYTES} from './strict-json.js'

const RULE = object({
  rule_id: string,
  display_name: string,
  rule_kind: string,
  lifecycle_state: string,
  required_capture_grade: opt(string),
  observed_capture_grade: opt(string),
  confidence: string,
  wilson_lower: string,
  observation: freeMap,
  selector: freeMap,
  budgets: opt(freeMap),
  rationale: freeMap,
  recurring_support: freeMap,
  opportunity_health: freeMap,
})

const BODY = object({
  schema_version: int,
  contract_kind: string,
  contract_hash: string,
  prior_contract_hash: opt(string),
  signer_key_id: string,
  key_purpose: string,
  data_class_root: string,
  field_data_classes: map(string),
  selector: object({agent: opt(string), agent_glob: opt(string), default: opt(boolean), selector_id: string}),
  observation_window: object({
    start: time,
    end: time,
    event_count: int,
    session_count: int,
    observation_window_root: string,
  }),
  compile: object({
    pipelock_version: string,
    pipelock_build_sha: string,
    go_version: string,
    module_digest_root: string,
    compile_config_hash: string,
    inference_algorithm: string,
    normalization_algorithm: string,
  }),
  defaults: object({
    fidelity: string,
    confidence: freeMap,
    privacy: object({default_data_class: string, salt_epoch: int, forbid_classes: list(string)}),
  }),
  rules: list(RULE),
})

const ENVELOPE = object({body: BODY, signature: string})

export type Rule = Infer<typeof RULE>
export type ContractBody = Infer<typeof BODY>
export type Contract = Infer<typeof ENVELOPE>

const LIFECYCLE_STATES = ['proposed', 'capture_only', 'enforce', 'expired', 'demoted'] as const
export const ENFORCEABLE_KINDS = ['http_destination', 'http_action', 'mcp_tool_call'] as const
/** In ascending order. */
const CAPTURE_GRADES = ['none', 'summary', 'partial', 'full'] as const

export function decodeContract(bytes: Uint8Array, format: DocumentFormat): Contract {
  try {
    return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_CONTRACT_BYTES, name: 'contract'})
  } catch (error) {
    if (!(error instanceof PipelockError) || error.hint !== undefined) throw error
    const hint = 'it is not a contract: learn compile writes candidates, learn ratify contracts'
    throw new PipelockError(error.code, error.message, {hint, cause: error})
  }
}

/** Parses a body built in memory or read elsewhere, through the same typed boundary. */
export function parseContractBody(body: object): ContractBody {
  return project(BODY, body, 'contract')
}

/** Checks the structure. The order of checks decides the reported code and is part of the format. */
export function checkContractStructure(body: ContractBody): void {
  const rules = body.rules ?? []
  if (body.schema_version !== 1) throw new PipelockError('bad_schema_version', 'a contract has schema_version 1')
  if (body.contract_kind !== 'behavioral_contract') {
    throw new PipelockError('bad_contract_kind', 'contract_kind must be behavioral_contract')
  }
  for (const rule of rules) {
    if (!includes(LIFECYCLE_STATES, rule.lifecycle_state))
      fault('bad_lifecycle', rule, 'has an unknown lifecycle_state')
  }
  for (const rule of rules) {
    if (rule.lifecycle_state === 'enforce' && !includes(ENFORCEABLE_KINDS, rule.rule_kind)) {
      fault('unenforceable_rule_kind', rule, 'is enforced, but its kind cannot be')
    }
  }
  for (const rule of rules) checkGrades(rule)
  checkCoverage(body)
  const ids = new Set<string>()
  for (const rule of rules) {
    if (ids.has(rule.rule_id)) fault('duplicate_rule_id', rule, 'is a duplicate rule_id')
    ids.add(rule.rule_id)
  }
}

function checkGrades(rule: Rule): void {
  const required = rule.required_capture_grade
  const observed = rule.observed_capture_grade
  if (required === undefined && observed === undefined && rule.lifecycle_state === 'capture_only') return
  const need = CAPTURE_GRADES.findIndex((grade) => grade === required)
  const have = CAPTURE_GRADES.findIndex((grade) => grade === observed)
  if (need === -1 || have === -1) fault('bad_capture_grade', rule, 'lacks a known capture grade')
  if (rule.lifecycle_state === 'enforce' && have < need) {
    fault('bad_capture_grade', rule, 'was observed at a lower capture grade than it requires')
  }
}

function fault(code: PipelockError['code'], rule: Rule, what: string): never {
  throw new PipelockError(code, `rule ${JSON.stringify(rule.rule_id.slice(0, 80))} ${what}`)
}

function includes(list: readonly string[], text: string): boolean {
  return list.includes(text)
}

/** The hash of the body with an empty `contract_hash`; the member's value is ignored. */
export function contractHash(body: ContractBody): string {
  return canonicalHash({...body, contract_hash: ''})
}

function checkContractHash(body: ContractBody): Variant {
  const variant = matchHash({...body, contract_hash: ''}, body.contract_hash)
  if (variant === undefined) {
    throw new PipelockError('hash_mismatch', 'contract_hash is not the hash of this contract')
  }
  return variant
}

export const COMPILE_PURPOSE = 'contract-compile-signing'

/** Every check that needs no key: structure, purpose, hash. */
export function checkContract(body: ContractBody): void {
  checkContractStructure(body)
  if (body.key_purpose !== COMPILE_PURPOSE) {
    throw new PipelockError('wrong_key_purpose', `a contract is signed for ${COMPILE_PURPOSE}`)
  }
  checkContractHash(body)
}

/** Every check after the decoding: structure, purpose, hash, signature. */
export function verifyContract(contract: Contract, key: PublicKey): Variant {
  checkContract(contract.body)
  return verifyBody(key, contract.body, contract.signature)
}

/** The rules with a selector each; absent lists and maps read as empty ones. */
export function rulesOf(body: ContractBody): readonly (Rule & {readonly selector: JsonObject})[] {
  return (body.rules ?? []).map((rule) => ({...rule, selector: rule.selector ?? {}}))
}

/**
 * Fills in the hash and signs. `body` passes the typed boundary and the structure check first, so that nothing is
 * signed that a reader would refuse.
 */
export function signContract(body: object, key: PrivateKey): Contract {
  const unhashed = parseContractBody({...body, contract_hash: ''})
  checkContractStructure(unhashed)
  const hashed = {...unhashed, contract_hash: contractHash(unhashed)}
  return {body: hashed, signature: signBody(key, hashed)}
}

/** The text of a candidate file. */
export function contractYaml(contract: Contract): string {
  return writeYaml({body: contract.body, signature: contract.signature} as unknown as Parameters<typeof writeYaml>[0])
}
