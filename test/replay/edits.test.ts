// What a person changes in a candidate holds, at runtime and in the next compile: split and pin over the recorded captures,
// judged by the evaluator that judges live traffic.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {compileRules} from '../../src/core/contract/rules.js'
import {decodeContract, verifyContract, type ContractBody, type Rule} from '../../src/formats/documents/contract.js'
import {patternSegment, RESERVED_SEGMENTS} from '../../src/formats/path-pattern.js'
import {parseDestination} from '../../src/formats/target.js'
import {editsOf} from '../../src/plugins/learn/compile/base.js'
import {ledgerPath} from '../../src/plugins/learn/compile/ledger.js'
import type {Profile} from '../../src/formats/inference-profile.js'
import type {InferenceInput} from '../../src/plugins/learn/compile/settings.js'
import {runPin, runSplit} from '../../src/plugins/learn/edit/run.js'
import {viewOf} from '../../src/plugins/learn/view/rule-view.js'
import {
  casesOrSkip,
  compileChains,
  conformanceFile,
  HARNESS,
  memoryChain,
  readText,
  type CompileSpec,
} from '../support/compiling.js'

interface Case {
  readonly name: string
  readonly corpus: string
  readonly spec: CompileSpec
}

const cases = ['harness-corpus', 'synthetic'].flatMap((name): Case[] => {
  const parameters = conformanceFile(`contracts/replay-harness-v2/${name}/parameters.json`)
  if (parameters === undefined) return []
  const {inference, ...spec} = JSON.parse(readText(parameters)) as InferenceInput & {agent: string; inference: Profile}
  const usual = join(dirname(parameters), '../../replay-harness/corpus.jsonl')
  const corpus = readText(name === 'synthetic' ? join(dirname(parameters), 'corpus.jsonl') : usual)
  return [{name, corpus, spec: {...spec, profile: inference}}]
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-edits-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const {key, keyId} = HARNESS.signer
const keys = {publicKeyOf: () => key.public, compileKey: () => ({keyId, key})}
const candidate = (): string => join(folder, 'c.yaml')
const read = (): ContractBody => {
  const contract = decodeContract(readFileSync(candidate()), 'yaml')
  verifyContract(contract, key.public)
  return contract.body
}

/** Verdict of the live evaluator with only this rule in force. */
function admits(rule: Rule, path: string): boolean {
  const {host = '', ports, methods} = viewOf(rule)
  const destination = parseDestination(`https://${host}${ports[0] === undefined ? '' : `:${ports[0]}`}${path}`)
  if (!destination) throw new Error(path)
  const table = compileRules([{...rule, lifecycle_state: 'enforce'}])
  const label = viewOf(rule).action || 'forward'
  return table.http({destination, method: methods[0] ?? 'GET', label, scannerVerdict: 'allow'}).allowed
}

const ruleOf = (body: ContractBody, id: string): Rule => {
  const rule = body.rules?.find(({rule_id}) => rule_id === id)
  if (!rule) throw new Error(`no rule ${id}`)
  return rule
}
const patterns = (rule: Rule): readonly string[] => viewOf(rule).paths.map((path) => path.value)
const wild = (body: ContractBody) =>
  (body.rules ?? []).filter((rule) => patterns(rule).some((text) => /\/\*(\/|$)/.test(text)))

interface Entry {
  readonly index: number
  readonly values: readonly {readonly value: string}[]
}

describe.each(casesOrSkip(cases))('$name', ({corpus, spec}) => {
  const compiled = (base?: ContractBody) =>
    compileChains([memoryChain(corpus)], base ? {...spec, base: editsOf(base)} : spec)
  const first = compiled()
  const body = decodeContract(Buffer.from(first.contract), 'yaml').body
  const ledger = (JSON.parse(first.segments ?? '{}') as {rules: Record<string, readonly Entry[]>}).rules
  const put = () => {
    writeFileSync(candidate(), first.contract)
    writeFileSync(ledgerPath(candidate()), first.segments ?? '')
  }
  /** A path that the rule's one pattern stands for, with these values at its wildcards. */
  const filled = (rule: Rule, value: (index: number) => string): string =>
    (patterns(rule)[0] ?? '')
      .split('/')
      .map((segment, i) => (segment === '*' ? patternSegment(value(i)) : segment))
      .join('/')

  test('a base without edits changes the predecessor and nothing else', () => {
    const again = decodeContract(Buffer.from(compiled(body).contract), 'yaml').body
    expect(again.prior_contract_hash).toBe(body.contract_hash)
    expect(again.rules).toEqual(body.rules)
  })

  test('what is split has the observed values and no others, in every compile that follows', () => {
    for (const rule of wild(body)) {
      put()
      const result = runSplit({candidate: candidate(), rule: rule.rule_id, index: 0, 'accept-reserved': false}, keys)
      const split = read()
      expect([result.contractHash, result.priorContractHash]).toEqual([split.contract_hash, body.contract_hash])
      expect(split.prior_contract_hash).toBe(body.contract_hash)
      const now = ruleOf(split, rule.rule_id)
      expect(patterns(now).join(' ')).not.toContain('*')
      const entries = ledger[rule.rule_id] ?? []
      for (const {index, values} of entries) {
        for (const {value} of values) {
          const path = filled(rule, (i) =>
            i === index ? value : (entries.find((e) => e.index === i)?.values[0]?.value ?? ''),
          )
          expect([path, admits(now, path)]).toEqual([path, true])
        }
      }
      expect(
        admits(
          rule,
          filled(rule, () => 'zz-new'),
        ),
      ).toBe(true)
      expect(
        admits(
          now,
          filled(rule, () => 'zz-new'),
        ),
      ).toBe(false)
      // the edit holds in the next compile, and in the one after that
      const next = decodeContract(Buffer.from(compiled(split).contract), 'yaml').body
      const isFirst = rule === wild(body)[0]
      const later = isFirst ? decodeContract(Buffer.from(compiled(next).contract), 'yaml').body : next
      for (const contract of [next, later]) {
        // a path-level split holds for every method
        const {methods, host} = viewOf(rule)
        const same = wild(contract)
          .map((each) => ({view: viewOf(each), pattern: patterns(each)[0]}))
          .filter(({view}) => view.host === host && (methods.length === 0 || view.methods.join() === methods.join()))
        expect(same.map(({pattern}) => pattern)).not.toContain(patterns(rule)[0])
      }
      expect(next.prior_contract_hash).toBe(split.contract_hash)
      expect(JSON.stringify(later.rules)).toBe(JSON.stringify(next.rules))
    }
  })

  test('what is pinned is covered by no wildcard, observed or not, in every compile that follows', () => {
    for (const rule of wild(body)) {
      const observed = ledger[rule.rule_id]?.[0]?.values[0]?.value ?? ''
      for (const value of ['zz-new', observed]) {
        put()
        runPin({candidate: candidate(), rule: rule.rule_id, segment: value}, keys)
        const pinned = read()
        const now = ruleOf(pinned, rule.rule_id)
        const index = ledger[rule.rule_id]?.[0]?.index ?? 0
        const other = filled(rule, (i) => (i === index ? 'zz-other' : 'zz-any'))
        const path = filled(rule, (i) => (i === index ? value : 'zz-any'))
        expect(admits(now, other)).toBe(true)
        // an observed value keeps a path of its own; the wildcard does not cover it
        expect(admits(now, path)).toBe(value === observed)
        const own = viewOf(now).paths.filter(
          (entry) => entry.value.includes('*') && entry.value.split('/')[index] === '*',
        )
        expect(own).toHaveLength(1)
        const next = decodeContract(Buffer.from(compiled(pinned).contract), 'yaml').body
        const {host} = viewOf(rule)
        for (const each of wild(next).filter((one) => viewOf(one).host === host)) {
          const place = patterns(each)[0]?.split('/').indexOf('*') ?? 0
          const at = (patterns(each)[0] ?? '')
            .split('/')
            .map((s, i) => (s === '*' ? (i === place ? value : 'zz-any') : s))
            .join('/')
          expect([at, admits(each, at)]).toEqual([at, false])
          expect(JSON.stringify(each.selector)).toContain(`{"reason":"operator_pin","value":"${value}"}`)
        }
        if (rule !== wild(body)[0]) continue
        const again = decodeContract(Buffer.from(compiled(next).contract), 'yaml').body
        expect(again.rules).toEqual(next.rules)
      }
    }
  })

  test('reserved values stay apart whatever is pinned', () => {
    for (const rule of wild(body)) {
      for (const value of RESERVED_SEGMENTS)
        expect(
          admits(
            rule,
            filled(rule, () => value),
          ),
        ).toBe(false)
    }
  })
})
