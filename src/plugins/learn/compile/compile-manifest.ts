// The compile manifest: what went in, with which tool and settings, signed by the compile key.
import type {InputSummary} from './chain-summary.js'
import {moduleDigestRoot} from '../../../formats/documents/compile-manifest.js'
import type {CanonicalInput} from '../../../lib/json/writer.js'
import {formatTimestamp} from '../../../lib/timestamp.js'

export interface ManifestParts {
  readonly contractHash: string
  readonly startedMs: number
  readonly finishedMs: number
  readonly pipelock_version: string
  readonly pipelock_build_sha: string
  readonly go_version: string
  readonly moduleDigests: {readonly [name: string]: string}
  readonly compileConfigHash: string
  readonly inputs: readonly InputSummary[]
  readonly windowRoot: string
  readonly settings: {readonly [name: string]: CanonicalInput}
  readonly signerKeyId: string
}

export function manifestBody(parts: ManifestParts): {readonly [name: string]: CanonicalInput} {
  return {
    schema_version: 1,
    contract_hash: parts.contractHash,
    compile_started_at: formatTimestamp(parts.startedMs),
    compile_finished_at: formatTimestamp(parts.finishedMs),
    pipelock_version: parts.pipelock_version,
    pipelock_build_sha: parts.pipelock_build_sha,
    go_version: parts.go_version,
    module_digest_root: moduleDigestRoot(parts.moduleDigests),
    module_digests: parts.moduleDigests,
    compile_config_hash: parts.compileConfigHash,
    inputs: parts.inputs.map(({path, sha256, lines}) => ({path, sha256, event_count: lines})),
    observation_window_root: parts.windowRoot,
    // an empty map is left out of the signed projection, so it must not stand in the file either
    ...(Object.keys(parts.settings).length === 0 ? {} : {settings: parts.settings}),
    signer_key_id: parts.signerKeyId,
    key_purpose: 'contract-compile-signing',
  }
}
