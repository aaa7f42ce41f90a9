// Compiles in memory, with a fixed key, clock and provenance.
import {createHash} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'vitest'
import {decodeContract, type Contract, type Rule} from '../../src/formats/documents/contract.js'
import {privateKeyFromSeed} from '../../src/lib/ed25519.js'
import type {Base} from '../../src/plugins/learn/compile/base.js'
import {compile, type Compiled, type CompileOptions} from '../../src/plugins/learn/compile/compile.js'
import type {SourceChain} from '../../src/plugins/learn/compile/ingest.js'
import {type Profile} from '../../src/formats/inference-profile.js'
import {resolveInference, type InferenceInput} from '../../src/plugins/learn/compile/settings.js'
import type {Privacy} from '../../src/plugins/learn/privacy/privacy.js'
import {captureLines, type CaptureSpec} from './captures.js'

export const HARNESS: Pick<CompileOptions, 'compileConfigHash' | 'provenance' | 'signer' | 'now' | 'moduleDigests'> = {
  compileConfigHash: 'sha256:harness-original-config',
  provenance: {
    pipelock_version: 'harness-pipelock-version',
    pipelock_build_sha: 'harness-pipelock-sha',
    go_version: 'harness-go-version',
    module_digest_root: 'sha256:harness-module-digest-root',
  },
  moduleDigests: {'pipelock@0': 'sha256:test'},
  signer: {
    keyId: 'harness-contract-compile',
    key: privateKeyFromSeed(createHash('sha256').update('replay-harness-deterministic-signer').digest()),
  },
  now: () => 1_777_500_000_000,
}

export function memoryChain(...texts: readonly string[]): SourceChain {
  return texts.map((text, i) => ({path: `memory-${i}.jsonl`, chunks: () => [Buffer.from(text)]}))
}

export interface CompileSpec extends InferenceInput {
  readonly agent?: string
  readonly profile?: Profile
  readonly acceptTail?: boolean
  readonly privacy?: Privacy
  readonly allowTruncatedChains?: boolean
  readonly base?: Base
}

export function compileChains(chains: readonly SourceChain[], spec: CompileSpec = {}): Compiled {
  return compile(chains, {
    ...HARNESS,
    agent: spec.agent ?? 'coder',
    inference: resolveInference(spec.profile ?? 'wilson_lb_v2', spec),
    privacy: spec.privacy,
    acceptTail: spec.acceptTail ?? false,
    allowTruncatedChains: spec.allowTruncatedChains ?? false,
    base: spec.base,
  })
}

export function compileCaptures(specs: readonly CaptureSpec[], spec: CompileSpec = {}): Compiled {
  return compileChains([memoryChain(captureLines(specs))], spec)
}

export function contractOf(compiled: Compiled): Contract {
  return decodeContract(Buffer.from(compiled.contract), 'yaml')
}

export function rulesOf(compiled: Compiled): readonly Rule[] {
  return contractOf(compiled).body.rules ?? []
}

/** By display name, which is easier to write in a test than a rule id. */
export function ruleNamed(compiled: Compiled, name: string): Rule {
  const rule = rulesOf(compiled).find((candidate) => candidate.display_name === name)
  if (!rule)
    throw new Error(
      `no rule ${name} among ${rulesOf(compiled)
        .map((r) => r.display_name)
        .join(' ')}`,
    )
  return rule
}

const conformance = process.env['PIPELOCK_CONFORMANCE'] ?? join(import.meta.dirname, '../../../shared/conformance')

/** The file's path, or undefined (with a message) where the conformance data is absent. */
export function conformanceFile(path: string): string | undefined {
  const file = join(conformance, path)
  if (existsSync(file)) return file
  process.stderr.write(`conformance data absent: ${file}\n`)
  return undefined
}

/** The cases; without any, a test reported as skipped, since a suite without tests fails. */
export function casesOrSkip<T>(cases: readonly T[]): readonly T[] {
  if (cases.length === 0) test.skip('needs the conformance data: set PIPELOCK_CONFORMANCE')
  return cases
}

export function readText(path: string): string {
  return readFileSync(path, 'utf8')
}
