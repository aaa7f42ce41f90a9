// Learning and compiling for the external checks (see checks.mjs): path canonicalisation, inference and whole compiles.
import {canonicalPath as pathOf} from '../../dist/formats/path-pattern.js'
import {ruleId as idOf} from '../../dist/formats/rule-key.js'
import {privateKeyFromSeed} from '../../dist/lib/ed25519.js'
import {enforcedBudget as enforced} from '../../dist/plugins/learn/compile/budgets.js'
import {compile} from '../../dist/plugins/learn/compile/compile.js'
import {classifyV1, wilsonLowerBound as lowerBound} from '../../dist/plugins/learn/compile/confidence.js'
import {hmacSha256Hex as salted} from '../../dist/lib/hash.js'
import {decideSegments as decide} from '../../dist/plugins/learn/compile/segments.js'
import {resolveInference} from '../../dist/plugins/learn/compile/settings.js'

export const ruleId = idOf
export const wilsonLowerBound = lowerBound
export const enforcedBudget = enforced
export const saltedHash = salted

export function canonicalPath(raw) {
  const path = pathOf(raw)
  if (typeof path === 'string') throw Object.assign(new Error(path), {code: path})
  return path
}

export function decideSegments({positions, high_risk_siblings, reserved_extra}) {
  const normalization = {reserved_segments_extra: reserved_extra, high_risk_siblings}
  return decide(positions, resolveInference('wilson_lb_v1', {normalization}).normalization)
}

export function classifyConfidence({observed, opportunity, sessions, windows}) {
  const counts = {k: observed, n: opportunity, events: observed, sessions, windows}
  return classifyV1(counts, resolveInference('wilson_lb_v1', {}).floors)
}

export function compileContract(options) {
  const {agent, inference = 'wilson_lb_v2', floors, normalization, contaminationBound, signer} = options
  const compiled = compile(
    options.inputs.map(({path, data}) => [{path, chunks: () => [data]}]),
    {
      agent,
      inference: resolveInference(inference, {floors, normalization, contamination_bound: contaminationBound}),
      allowTruncatedChains: false,
      acceptTail: false,
      compileConfigHash: options.compileConfigHash,
      provenance: options.provenance,
      moduleDigests: {'pipelock@0.1.0': 'sha256:check'},
      signer: {keyId: signer.keyId, key: privateKeyFromSeed(signer.seed)},
      now: () => options.now.getTime(),
      settings: options.settings,
    },
  )
  const {contract, review, manifest, segments} = compiled
  return {contract, review, manifest, segments}
}
