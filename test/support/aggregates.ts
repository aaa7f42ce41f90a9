// Aggregate files from captures in memory, and read back from a folder.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {readAggregates, type MergeOptions} from '../../src/plugins/learn/compile/aggregate-read.js'
import type {AggregateHeader} from '../../src/plugins/learn/compile/aggregate-lines.js'
import {aggregateBytes} from '../../src/plugins/learn/compile/aggregate-write.js'
import {compileIngested, type Compiled, type Signer} from '../../src/plugins/learn/compile/compile.js'
import {headerOf} from '../../src/plugins/learn/compile/gather.js'
import {ingest, type Ingested, type SourceChain} from '../../src/plugins/learn/compile/ingest.js'
import type {PlainPrivacy} from '../../src/plugins/learn/privacy/privacy.js'
import {resolveInference} from '../../src/plugins/learn/compile/settings.js'
import {HARNESS, type CompileSpec} from './compiling.js'

const optionsOf = (spec: CompileSpec) => ({
  agent: spec.agent ?? 'coder',
  inference: resolveInference(spec.profile ?? 'wilson_lb_v2', spec),
  allowTruncatedChains: spec.allowTruncatedChains ?? false,
})

export function headerFor(spec: CompileSpec = {}): AggregateHeader {
  const {agent, inference} = optionsOf(spec)
  return headerOf(agent, inference)
}

export function counted(chains: readonly SourceChain[], spec: CompileSpec = {}, privacy?: PlainPrivacy): Ingested {
  return ingest(chains, {...optionsOf(spec), privacy})
}

/** Signed by the harness. */
export function aggregateText(ingested: Ingested, spec: CompileSpec = {}): string {
  return textOf(ingested, spec, HARNESS.signer)
}

export function unsignedText(ingested: Ingested, spec: CompileSpec = {}): string {
  return textOf(ingested, spec, undefined)
}

function textOf(ingested: Ingested, spec: CompileSpec, signer: Signer | undefined): string {
  return Buffer.concat([...aggregateBytes(ingested, headerFor(spec), signer)]).toString('utf8')
}

/** Writes each text as a file of the folder and reads them in this order. */
export function merged(
  folder: string,
  texts: readonly string[],
  spec: CompileSpec = {},
  over: Partial<MergeOptions> = {},
): Promise<Ingested> {
  const paths = texts.map((text, i) => {
    const path = join(folder, `${i}.aggregate`)
    writeFileSync(path, text)
    return path
  })
  return readAggregates(paths, {
    header: headerFor(spec),
    keysOf: (id) => (id === HARNESS.signer.keyId ? [HARNESS.signer.key.public] : []),
    allowUnsigned: false,
    allowTruncatedChains: spec.allowTruncatedChains ?? false,
    progress: () => {},
    ...over,
  })
}

export function compiledFrom(ingested: Ingested, spec: CompileSpec = {}): Compiled {
  return compileIngested(ingested, HARNESS.now(), {
    ...HARNESS,
    ...optionsOf(spec),
    acceptTail: spec.acceptTail ?? false,
  })
}
