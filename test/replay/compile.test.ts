// The replay harness: recorded captures must give the recorded candidate, review and ledger byte for byte.
import {createHash} from 'node:crypto'
import {dirname, join} from 'node:path'
import {existsSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../src/core/errors.js'
import type {Profile} from '../../src/formats/inference-profile.js'
import type {InferenceInput} from '../../src/plugins/learn/compile/settings.js'
import {chainLines} from '../support/captures.js'
import {compileChains, conformanceFile, memoryChain, readText, type CompileSpec} from '../support/compiling.js'

interface Parameters extends InferenceInput {
  readonly agent: string
  readonly inference: Profile
}

interface Case {
  readonly name: string
  readonly folder: string
  readonly corpus: string
  readonly spec: CompileSpec
}

const HARNESS: Parameters = {
  agent: 'harness-agent',
  inference: 'wilson_lb_v1',
  floors: {min_sessions: 1, min_events: 1, min_windows: 1},
}

const usual = conformanceFile('contracts/replay-harness/corpus.jsonl')

const cases = ['replay-harness', 'replay-harness-v2/harness-corpus', 'replay-harness-v2/synthetic'].flatMap(
  (name): Case[] => {
    const file = conformanceFile(`contracts/${name}/contract.yaml`)
    if (file === undefined || usual === undefined) return []
    const folder = dirname(file)
    const [own, parameters] = [join(folder, 'corpus.jsonl'), join(folder, 'parameters.json')]
    const given = existsSync(parameters) ? (JSON.parse(readText(parameters)) as Parameters) : HARNESS
    const {inference, ...rest} = given
    return [{name, folder, corpus: readText(existsSync(own) ? own : usual), spec: {...rest, profile: inference}}]
  },
)

describe.skipIf(cases.length === 0)('recorded captures', () => {
  describe.each(cases)('$name', ({name, folder, corpus, spec}) => {
    const recorded = (file: string): string | undefined =>
      existsSync(join(folder, file)) ? readText(join(folder, file)) : undefined
    const first = compileChains([memoryChain(corpus)], spec)
    const expectSame = (other: typeof first): void => {
      expect(other.contract).toBe(first.contract)
      expect(other.review).toBe(first.review)
      expect(other.segments).toBe(first.segments)
    }

    test('contract, review and ledger are the recorded bytes', () => {
      expect(first.contract).toBe(recorded('contract.yaml'))
      expect(first.review).toBe(recorded('review.md'))
      expect(first.segments).toBe(recorded('segments.json'))
    })

    test('a second compile gives the same bytes, the manifest too', () => {
      const second = compileChains([memoryChain(corpus)], spec)
      expectSame(second)
      expect(second.manifest).toBe(first.manifest)
    })

    test('the order of captures does not matter', () => {
      for (const seed of ['a', 'b', 'c']) {
        const shuffled = linesOf(corpus).sort((x, y) => (order(seed, x) < order(seed, y) ? -1 : 1))
        expectSame(compileChains([memoryChain(chainedAnew(shuffled))], spec))
      }
    })

    test('neither does their division into chains and files, nor the order of those', () => {
      const parts = [0, 1, 2].map((part) => linesOf(corpus).filter((_, i) => i % 3 === part))
      const texts = parts.map(chainedAnew)
      expectSame(
        compileChains(
          texts.toReversed().map((text) => memoryChain(text)),
          spec,
        ),
      )
      const cut = corpus.indexOf('\n', corpus.length / 2) + 1
      expectSame(compileChains([memoryChain(corpus.slice(0, cut), corpus.slice(cut))], spec))
    })

    test('the manifest names the input by hash and lines', () => {
      const {inputs, contract_hash} = (JSON.parse(first.manifest) as {body: {inputs: unknown; contract_hash: string}})
        .body
      const sha256 = `sha256:${createHash('sha256').update(corpus).digest('hex')}`
      expect(inputs).toEqual([{path: 'memory-0.jsonl', sha256, event_count: linesOf(corpus).length}])
      expect(contract_hash).toBe(first.contractHash)
      expect(name).not.toBe('')
    })

    const lines = linesOf(corpus)
    const edit = (index: number, change: (line: string) => string): readonly string[] =>
      lines.map((line, i) => (i === index ? change(line) : line))
    test.each([
      ['an edited entry', edit(4, (line) => line.replace('"summary":"', '"summary":"x')), 'hash_chain_broken'],
      ['a removed entry', lines.filter((_, i) => i !== 6), 'hash_chain_broken'],
      ['exchanged entries', lines.map((line, i) => lines[i === 2 ? 3 : i === 3 ? 2 : i] ?? line), 'hash_chain_broken'],
      ['a removed first entry', lines.slice(1), 'hash_chain_broken'],
      ['white space in a detail', edit(5, (line) => line.replace('"detail":{', '"detail": {')), 'no error'],
      [
        'white space inside a detail',
        edit(5, (line) => line.replace('"detail":{', '"detail":{ ')),
        'hash_chain_broken',
      ],
      ['another entry version', edit(0, (line) => line.replace('"v":2', '"v":9')), 'unsupported_schema_version'],
    ])('%s', (_, changed, code) => {
      expect(codeOf(() => compileChains([memoryChain(`${changed.join('\n')}\n`)], spec))).toBe(code)
    })
  })
})

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function order(seed: string, line: string): string {
  return createHash('sha256').update(seed).update(line).digest('hex')
}

function chainedAnew(lines: readonly string[]): string {
  return chainLines(
    lines.map((line) => {
      const {type, ts, session_id: session, trace_id: trace = '', detail} = JSON.parse(line) as Record<string, string>
      return {type: type ?? '', ts: ts ?? '', session: session ?? '', trace, detail}
    }),
  )
}

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'no error'
  } catch (error) {
    return error instanceof PipelockError ? error.code : String(error)
  }
}
