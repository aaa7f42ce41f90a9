// What split, pin and a base refuse, what they write, and that no ledger, whoever wrote it, lets them widen a rule.
import {existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {compileRules} from '../../../../src/core/contract/rules.js'
import {PipelockError} from '../../../../src/core/errors.js'
import {
  contractYaml,
  decodeContract,
  signContract,
  verifyContract,
  type Contract,
  type Rule,
} from '../../../../src/formats/documents/contract.js'
import {parseDestination} from '../../../../src/formats/target.js'
import {readBase} from '../../../../src/plugins/learn/compile/base.js'
import {ledgerPath, pendingLedgerPath} from '../../../../src/plugins/learn/compile/ledger.js'
import {runPin, runSplit} from '../../../../src/plugins/learn/edit/run.js'
import {viewOf} from '../../../../src/plugins/learn/view/rule-view.js'
import {COMPILE, contract, httpRule, key} from '../../../support/contract-store.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-edit-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const file = (name: string): string => join(folder, name)
const candidate = (): string => file('c.yaml')
const keys = {publicKeyOf: () => COMPILE.public, compileKey: (_: unknown, keyId: string) => ({keyId, key: COMPILE})}

const collapse = (index: number, distinct = 3) => ({
  index,
  distinct_values: distinct,
  event_count: 30,
  entropy: '3.313460',
  reason: 'high_entropy_identifier_segment',
})
const block = (indexes: readonly number[], more: object = {}) => ({
  normalization: {
    algorithm: 'frequency_weighted_entropy_v1',
    bucket: {host: 'api.example.com', method: 'GET', parent_prefix: '/p'},
    collapsed_segments: indexes.map((index) => collapse(index)),
    ...more,
  },
})
const rule = (id: string, value: string, normalization: object = {}) =>
  httpRule(id, {paths: [{value, data_class: 'public', ...normalization}], methods: ['GET']})

const one = rule('r-1', '/p/*/x', block([2]))
const two = rule('r-2', '/p/*/x/*', block([2, 4]))
const plain = rule('r-3', '/plain')
const wide = httpRule('r-4')

type Values = Readonly<Record<string, number>>
const entry = (index: number, values: Values, path_index = 0) => ({
  index,
  path_index,
  values: Object.entries(values).map(([value, event_count]) => ({event_count, value})),
})
const LEDGER = {'r-1': [entry(2, {a: 1, b: 5, c: 2})], 'r-2': [entry(2, {a: 1, b: 2}), entry(4, {u: 3, v: 1})]}

function put(rules: readonly object[] = [one, two, plain, wide], ledger: unknown = LEDGER): Contract {
  const signed = contract('agent-a', rules)
  writeFileSync(candidate(), contractYaml(signed))
  const hash = signed.body.contract_hash
  if (ledger !== null) {
    writeFileSync(ledgerPath(candidate()), JSON.stringify({contract_hash: hash, rules: ledger}))
  }
  return signed
}

const split = (rule: string, more: object = {}) =>
  runSplit({candidate: candidate(), rule, index: 0, 'accept-reserved': false, ...more}, keys)
const pin = (rule: string, segment: string, more: object = {}) =>
  runPin({candidate: candidate(), rule, segment, ...more}, keys)

function read(path = candidate()): Contract {
  const result = decodeContract(readFileSync(path), 'yaml')
  verifyContract(result, COMPILE.public)
  return result
}
function ruleIn(id: string, path = candidate()): Rule {
  const result = read(path).body.rules?.find(({rule_id}) => rule_id === id)
  if (!result) throw new Error(id)
  return result
}
const patterns = (id: string): readonly string[] => viewOf(ruleIn(id)).paths.map(({value}) => value)
const ledgerNow = () =>
  JSON.parse(readFileSync(ledgerPath(candidate()), 'utf8')) as {
    contract_hash: string
    rules: Record<string, readonly {index: number; path_index: number; values: readonly {value: string}[]}[]>
  }
const admits = (result: Rule, path: string): boolean => {
  const destination = parseDestination(`https://api.example.com${path}`)
  if (!destination) throw new Error(path)
  return compileRules([result]).http({destination, method: 'GET', label: 'forward', scannerVerdict: 'allow'}).allowed
}
const codeOf = (action: () => unknown): string => {
  try {
    action()
    return 'no error'
  } catch (error) {
    return error instanceof PipelockError ? error.code : String(error)
  }
}

describe('split', () => {
  test('makes one path of each value, most frequent first, and signs anew', () => {
    const before = put()
    const result = split('r-1')
    expect(patterns('r-1')).toEqual(['/p/b/x', '/p/c/x', '/p/a/x'])
    expect(result).toMatchObject({changed: 1, priorContractHash: before.body.contract_hash})
    const {body} = read()
    expect([body.contract_hash, body.prior_contract_hash]).toEqual([result.contractHash, before.body.contract_hash])
    expect(ruleIn('r-1').selector?.['paths']).toMatchObject([
      {data_class: 'public', normalization: {retained_segments: [{index: 2, value: 'b', reason: 'operator_split'}]}},
      {},
      {},
    ])
    expect(JSON.stringify(ruleIn('r-1'))).not.toContain('collapsed_segments')
    expect(body.rules?.slice(1)).toEqual(before.body.rules?.slice(1))
  })

  test('writes the ledger for the new contract, so that the next split works', () => {
    put()
    split('r-2', {index: 2})
    expect(patterns('r-2')).toEqual(['/p/b/x/*', '/p/a/x/*'])
    expect(ruleIn('r-2').selector?.['paths']).toMatchObject([
      {normalization: {bucket: {parent_prefix: '/p/b/x'}, collapsed_segments: [{index: 4}]}},
      {normalization: {bucket: {parent_prefix: '/p/a/x'}}},
    ])
    const ledger = ledgerNow()
    expect(ledger.contract_hash).toBe(read().body.contract_hash)
    expect(ledger.rules['r-2']?.map(({index, path_index}) => [path_index, index])).toEqual([
      [0, 4],
      [1, 4],
    ])
    expect(ledger.rules['r-1']).toEqual(LEDGER['r-1'].map((e) => ({...e, values: expect.any(Array) as unknown})))
    split('r-2')
    expect(patterns('r-2')).toEqual(['/p/b/x/u', '/p/b/x/v', '/p/a/x/u', '/p/a/x/v'])
    split('r-1')
    expect(ledgerNow().rules).toEqual({})
  })

  test('is idempotent, and leaves a file that needs no change alone', () => {
    put()
    split('r-1', {index: 2})
    const text = readFileSync(candidate(), 'utf8')
    expect([split('r-1', {index: 2}).changed, split('r-1').changed, split('r-3').changed]).toEqual([0, 0, 0])
    expect(readFileSync(candidate(), 'utf8')).toBe(text)
    const copy = split('r-1', {out: file('copy.yaml')})
    expect([copy.changed, read(file('copy.yaml')).body.contract_hash]).toEqual([0, read().body.contract_hash])
    expect(existsSync(file('copy.segments.json'))).toBe(true)
  })

  test('writes a % of a value so that it matches only itself', () => {
    put([one], {'r-1': [entry(2, {'50%': 1})]})
    split('r-1')
    expect(patterns('r-1')).toEqual(['/p/50%25/x'])
    expect([admits(ruleIn('r-1'), '/p/50%25/x'), admits(ruleIn('r-1'), '/p/50/x')]).toEqual([true, false])
  })

  test('continues after a crash between candidate and ledger', () => {
    put()
    const before = readFileSync(ledgerPath(candidate()), 'utf8')
    split('r-1')
    expect(existsSync(pendingLedgerPath(candidate()))).toBe(false)
    // what a kill leaves that strikes after the candidate was renamed and before the ledger was
    renameSync(ledgerPath(candidate()), pendingLedgerPath(candidate()))
    writeFileSync(ledgerPath(candidate()), before)
    expect(split('r-2').changed).toBe(2)
    expect(ledgerNow()).toEqual({contract_hash: read().body.contract_hash, rules: {}})
    expect(existsSync(pendingLedgerPath(candidate()))).toBe(false)
    // a pending ledger of another contract is nobody's
    put()
    writeFileSync(pendingLedgerPath(candidate()), before)
    rmSync(ledgerPath(candidate()))
    split('r-1')
    rmSync(ledgerPath(candidate()))
    writeFileSync(pendingLedgerPath(candidate()), before)
    expect(codeOf(() => split('r-2'))).toBe('ledger_mismatch')
  })

  test('says which values the ledger did not keep', () => {
    const values = Object.fromEntries(Array.from({length: 256}, (_, i) => [`v${i}`, 1]))
    put(
      [rule('r-1', '/p/*/x', {normalization: {...block([2]).normalization, collapsed_segments: [collapse(2, 300)]}})],
      {
        'r-1': [entry(2, values)],
      },
    )
    expect(split('r-1').warnings).toEqual([expect.stringContaining('300 values')])
  })

  const many = Object.fromEntries(Array.from({length: 200}, (_, i) => [`v${i}`, 1]))
  test.each<[string, unknown, object, string]>([
    ['without a ledger', null, {}, 'ledger_mismatch'],
    ['with a ledger that lacks the rule', {}, {}, 'ledger_mismatch'],
    ['with a ledger without values', {'r-1': [entry(2, {})]}, {}, 'ledger_mismatch'],
    ['with a ledger of another position', {'r-1': [entry(3, {a: 1})]}, {}, 'ledger_mismatch'],
    ['a position that is not collapsed', LEDGER, {index: 1}, 'collapsed_segment_not_found'],
    ['with a reserved value', {'r-1': [entry(2, {admin: 9, a: 1})]}, {}, 'reserved_segment'],
    ['with a value in capitals', {'r-1': [entry(2, {Admin: 9})]}, {}, 'invalid_field'],
    ['with a dot segment', {'r-1': [entry(2, {'..': 9})]}, {}, 'invalid_field'],
    ['with a value of two segments', {'r-1': [entry(2, {'a/b': 9})]}, {}, 'invalid_field'],
    ['with an empty value', {'r-1': [entry(2, {'': 9})]}, {}, 'invalid_field'],
    ['with a wildcard as value', {'r-1': [entry(2, {'*': 9})]}, {}, 'invalid_field'],
    ['with a control character', {'r-1': [entry(2, {'a\u001b[2J': 9})]}, {}, 'invalid_field'],
    ['with a value that is not in NFC', {'r-1': [entry(2, {'e\u0301': 9})]}, {}, 'invalid_field'],
    [
      'with a value twice',
      {
        'r-1': [
          {
            ...entry(2, {a: 1}),
            values: [
              {event_count: 1, value: 'a'},
              {event_count: 2, value: 'a'},
            ],
          },
        ],
      },
      {},
      'invalid_field',
    ],
    ['with a count of zero', {'r-1': [entry(2, {a: 0})]}, {}, 'invalid_field'],
    ['with an unknown member', {'r-1': [{...entry(2, {a: 1}), note: 1}]}, {}, 'unknown_field'],
    [
      'into more paths than a rule may have',
      {'r-2': [entry(2, many), entry(4, many)]},
      {rule: 'r-2'},
      'payload_too_large',
    ],
    ['an unknown rule', LEDGER, {rule: 'r-\u001b'}, 'rule_not_found'],
    ['into the ledger itself', LEDGER, {out: 'c.segments.json'}, 'usage'],
  ])('is refused %s', (_, ledger, more, code) => {
    put([one, two, plain, wide], ledger)
    const text = readFileSync(candidate(), 'utf8')
    const out = 'out' in more ? {out: file(String(more.out))} : {}
    expect(codeOf(() => split('r-1', {...more, ...out}))).toBe(code)
    expect(readFileSync(candidate(), 'utf8')).toBe(text)
  })

  test('is refused with the ledger of another contract, and through a link', () => {
    put()
    const other = {contract_hash: `sha256:${'0'.repeat(64)}`, rules: LEDGER}
    writeFileSync(ledgerPath(candidate()), JSON.stringify(other))
    expect(codeOf(() => split('r-1'))).toBe('ledger_mismatch')
    put()
    rmSync(ledgerPath(candidate()))
    writeFileSync(file('ledger.json'), JSON.stringify({contract_hash: read().body.contract_hash, rules: LEDGER}))
    symlinkSync('ledger.json', ledgerPath(candidate()))
    expect(codeOf(() => split('r-1'))).toBe('file_not_regular')
  })

  test('takes a reserved value only when told so', () => {
    put([one], {'r-1': [entry(2, {admin: 9, a: 1})]})
    split('r-1', {'accept-reserved': true})
    expect(patterns('r-1')).toEqual(['/p/admin/x', '/p/a/x'])
  })

  test('is refused for a candidate whose literals break their grammar, or that another key signed', () => {
    const bad = (more: object) => rule('r-1', '/p/*/x', block([2], more))
    for (const more of [
      {retained_segments: [{index: 1, value: 'a/b', reason: 'x'}]},
      {pinned_segments: [{value: '*', reason: 'operator_pin'}]},
      {pinned_segments: [{value: 'A', reason: 'operator_pin'}]},
      {collapsed_segments: [{...collapse(1)}]},
      {collapsed_segments: {}},
    ]) {
      put([bad(more)])
      const text = readFileSync(candidate(), 'utf8')
      expect([codeOf(() => split('r-1')), codeOf(() => pin('r-1', 'a'))]).toEqual(['invalid_field', 'invalid_field'])
      expect(readFileSync(candidate(), 'utf8')).toBe(text)
    }
    const {body} = put()
    writeFileSync(candidate(), contractYaml(signContract(body, key('mallory'))))
    expect([codeOf(() => split('r-1')), codeOf(() => pin('r-1', 'a'))]).toEqual([
      'signature_invalid',
      'signature_invalid',
    ])
  })

  test('writes nothing when the key is missing or would be written over', () => {
    put()
    const text = readFileSync(candidate(), 'utf8')
    const none = {
      ...keys,
      compileKey: () => {
        throw new PipelockError('key_missing', 'none')
      },
    }
    expect(
      codeOf(() => runSplit({candidate: candidate(), rule: 'r-1', index: 0, 'accept-reserved': false}, none)),
    ).toBe('key_missing')
    writeFileSync(file('id'), 'the key')
    const stored = {...keys, compileKey: (_: unknown, keyId: string) => ({keyId, key: COMPILE, path: file('id')})}
    const onKey = {candidate: candidate(), rule: 'r-1', index: 0, 'accept-reserved': false, out: file('id')}
    expect(codeOf(() => runSplit(onKey, stored))).toBe('usage')
    expect([readFileSync(candidate(), 'utf8'), readFileSync(file('id'), 'utf8')]).toEqual([text, 'the key'])
  })
})

describe('pin', () => {
  test('keeps the segment from every wildcard of the rule, once, in canonical form', () => {
    put([rule('r-1', '/p/*/x', block([2], {pinned_segments: [{value: 'export', reason: 'reserved_segment'}]}))], {})
    expect(pin('r-1', 'Export')).toMatchObject({changed: 1, segment: 'export'})
    pin('r-1', 'debug')
    expect(ruleIn('r-1').selector?.['paths']).toMatchObject([
      {
        normalization: {
          pinned_segments: [
            {value: 'debug', reason: 'operator_pin'},
            {value: 'export', reason: 'operator_pin'},
          ],
        },
      },
    ])
    const text = readFileSync(candidate(), 'utf8')
    expect(pin('r-1', 'debug').changed).toBe(0)
    expect(readFileSync(candidate(), 'utf8')).toBe(text)
    expect(['debug', 'export', '%64ebug', 'other'].map((value) => admits(ruleIn('r-1'), `/p/${value}/x`))).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  test('gives an observed value a path of its own and takes it out of the ledger', () => {
    put()
    const {warnings} = pin('r-2', 'b')
    expect(patterns('r-2')).toEqual(['/p/*/x/*', '/p/b/x/*'])
    expect(warnings).toEqual([expect.stringContaining('"/p/b/x/*"')])
    expect(
      ledgerNow().rules['r-2']?.map(({path_index, index, values}) => [path_index, index, values.map((v) => v.value)]),
    ).toEqual([
      [0, 2, ['a']],
      [0, 4, ['u', 'v']],
      [1, 4, ['u', 'v']],
    ])
    split('r-2', {index: 4})
    expect(patterns('r-2')).toEqual(['/p/*/x/u', '/p/*/x/v', '/p/b/x/u', '/p/b/x/v'])
  })

  test('of a rule without a wildcard: makes the block, and says that it changes nothing until the next compile', () => {
    put([plain, one], null)
    expect(pin('r-3', 'debug').warnings).toEqual([expect.stringContaining('the rule has no wildcard')])
    expect(ruleIn('r-3').selector?.['paths']).toMatchObject([
      {
        value: '/plain',
        normalization: {
          algorithm: 'frequency_weighted_entropy_v1',
          bucket: {host: 'api.example.com', method: 'GET', parent_prefix: ''},
          pinned_segments: [{value: 'debug', reason: 'operator_pin'}],
        },
      },
    ])
    expect(pin('r-1', 'a').warnings).toEqual([expect.stringContaining('is missing')])
  })

  test.each(['', 'a/b', '*', '..', 'a\u0000', '%2f', 'x'.repeat(257), 'a[0]'])('refuses %j', (segment) => {
    put()
    expect(codeOf(() => pin('r-1', segment))).toBe('usage')
  })

  test('refuses a rule without paths', () => {
    put()
    expect(codeOf(() => pin('r-4', 'a'))).toBe('rule_without_path')
  })
})

describe('a base', () => {
  test('is verified like any candidate, and is of the same agent', () => {
    const {body} = put()
    const keyOf = () => COMPILE.public
    expect(readBase(candidate(), 'agent-a', keyOf).contractHash).toBe(body.contract_hash)
    expect(codeOf(() => readBase(candidate(), 'agent-b', keyOf))).toBe('bad_selector')
    expect(codeOf(() => readBase(candidate(), 'agent-a', () => key('mallory').public))).toBe('signature_invalid')
    writeFileSync(candidate(), contractYaml({body, signature: 'ed25519:00'}))
    expect(codeOf(() => readBase(candidate(), 'agent-a', keyOf))).toBe('signature_format')
    put([rule('r-1', '/p/*', block([2], {pinned_segments: [{value: 'a/b', reason: 'operator_pin'}]}))])
    expect(codeOf(() => readBase(candidate(), 'agent-a', keyOf))).toBe('invalid_field')
  })

  test('gives pins by place and splits by place, method and pattern above', () => {
    put()
    split('r-2')
    pin('r-1', 'debug')
    const base = readBase(candidate(), 'agent-a', () => COMPILE.public)
    expect([...base.pins]).toEqual([['api.example.com\0', new Set(['debug'])]])
    const prefixes = new Set(
      (base.splits.get('api.example.com\0') ?? []).map(({prefix, methods}) => `${methods?.join()} ${prefix}`),
    )
    expect(prefixes).toEqual(new Set(['GET /p', 'GET /p/b/x', 'GET /p/a/x']))
  })
})

test('no ledger and no segment widens a rule', () => {
  const segment = fc.constantFrom(
    'a',
    'b',
    'admin',
    'users',
    'debug',
    'zz',
    '50%',
    'a b',
    'Ü',
    '*',
    '..',
    'x[0]',
    'e\u0301',
  )
  const values = fc.uniqueArray(fc.tuple(segment, fc.nat(4)), {selector: ([value]) => value, maxLength: 5})
  const ledger = fc.array(fc.record({index: fc.integer({min: 1, max: 4}), path_index: fc.nat(1), values}), {
    maxLength: 3,
  })
  const step = fc.oneof(
    fc.record({kind: fc.constant('split' as const), index: fc.nat(4)}),
    fc.record({kind: fc.constant('pin' as const), segment}),
  )
  fc.assert(
    fc.property(
      ledger,
      fc.array(step, {minLength: 1, maxLength: 4}),
      fc.array(segment, {minLength: 2, maxLength: 2}),
      (entries, steps, [x = '', y = '']) => {
        put([two], {
          'r-2': entries.map(({values: list, ...at}) => ({
            ...at,
            values: list.map(([value, event_count]) => ({event_count, value})),
          })),
        })
        const before = ruleIn('r-2')
        for (const each of steps) {
          try {
            if (each.kind === 'split') split('r-2', {index: each.index})
            else pin('r-2', each.segment)
          } catch (error) {
            if (!(error instanceof PipelockError)) throw error
          }
        }
        const after = ruleIn('r-2')
        const path = `/p/${encodeURIComponent(x)}/x/${encodeURIComponent(y)}`
        if (!admits(before, path)) expect([path, admits(after, path)]).toEqual([path, false])
      },
    ),
    {numRuns: 150},
  )
})
