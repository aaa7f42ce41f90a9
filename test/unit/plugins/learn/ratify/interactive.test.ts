// The decision loop and its progress file: order, every reply, guards where they come up, leaving and continuing
//. Through runRatify, so that the signed result is inspected, not the intended one.
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {contractYaml, decodeContract} from '../../../../../src/formats/documents/contract.js'
import {runRatify, type RatifyRequest, type RatifyResult} from '../../../../../src/plugins/learn/ratify/run.js'
import {COMPILE, contract, httpRule, NOW, RECEIPT} from '../../../../support/contract-store.js'

let folder: string
let output: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-ask-'))
  output = []
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))
const path = (name: string): string => join(folder, name)

const rule = (id: string, host: string, selector: object = {}, more: object = {}) => ({
  ...httpRule(id, {host: {value: host, data_class: 'public'}, ...selector}, 'capture_only'),
  observation: {events_observed: 30, sessions_observed: 5, sessions_with_opportunity: 6, windows_observed: 5},
  ...more,
})
const narrow = (id: string, host: string, value = '/v1', more: object = {}) =>
  rule(id, host, {paths: [{value, data_class: 'public'}], methods: ['GET']}, more)
/** Two hosts; in contract order the harmless one comes first. */
const CALM = narrow('r-calm', 'a.example.com')
const WIDE = rule('r-wide', 'z.example.com')
const NARROW = narrow('r-narrow', 'z.example.com')
const LOW = narrow('r-low', 'z.example.com', '/rare', {confidence: 'never_confirmed'})
const RULES = [CALM, NARROW, LOW, WIDE]
/** z.example.com first, its host-wide rule first in it. */
const ORDER = ['r-wide', 'r-narrow', 'r-low', 'r-calm']

/** Answers in turn; then the input ends. */
async function sit(responses: readonly string[], rules: readonly object[] = RULES, more: Partial<RatifyRequest> = {}) {
  const candidate = path('candidate.yaml')
  writeFileSync(candidate, contractYaml(contract('agent-a', rules)))
  const left = [...responses]
  return runRatify({
    candidate,
    out: path('out.yaml'),
    decisionsFile: undefined,
    dialogue: {
      columns: 80,
      colour: false,
      say: (text) => void output.push(text),
      ask: (prompt) => {
        output.push(prompt)
        return Promise.resolve(left.shift())
      },
    },
    level: 'method',
    // the rules of these tests are levels of the same requests
    everyRule: true,
    acceptLowConfidence: false,
    acceptHostWide: false,
    acceptTail: false,
    forgotten: [],
    restoreForgotten: [],
    saveDecisions: undefined,
    receiptOut: undefined,
    contractKey: () => COMPILE.public,
    signer: (keyId) => ({keyId, key: COMPILE}),
    receiptSigner: RECEIPT,
    protectedFiles: [],
    append: () => undefined,
    stageInstall: undefined,
    now: () => NOW,
    eventId: () => '0196f0de-0000-7000-8000-000000000001',
    ...more,
  })
}

const states = () =>
  Object.fromEntries(
    (decodeContract(readFileSync(path('out.yaml')), 'yaml').body.rules ?? []).map((r) => [
      r.rule_id,
      r.lifecycle_state,
    ]),
  )
const PROGRESS = 'out.yaml.progress.json'
const kept = () => (JSON.parse(readFileSync(path(PROGRESS), 'utf8')) as {decisions: unknown}).decisions
const aborted = {code: 'aborted'}
const asked = () => output.flatMap((text) => /^Rule \d+\/\d+ +(\S+)/m.exec(text)?.[1] ?? [])

describe('the questions', () => {
  test('come host by host, the riskiest host and rule first, each host under a summary', async () => {
    await sit(['', '', '', '', 'yes'])
    expect(asked()).toEqual(ORDER)
    const text = output.join('\n')
    expect(text).toMatch(
      /== z\.example\.com, host 1 of 2 =+\n3 rules, seen in up to 5 of 6 sessions\nFlags: host-wide 1/,
    )
    expect(text).toContain(
      'The default enforces 1 and keeps 2 for information (1 wider or of another kind,\n1 without enough evidence)',
    )
    expect(text.indexOf('host 2 of 2')).toBeGreaterThan(text.indexOf('r-low'))
  })

  test('show selector, breadth in words, support, the lower bound as a bar, and the default', async () => {
    await sit(['', '', '', '', 'yes'])
    const card = output.find((text) => text.includes('Rule 1/4')) ?? ''
    expect(card.split('\n')).toEqual([
      '',
      'Rule 1/4  r-wide',
      '  allows      any method z.example.com',
      '  breadth     any path and any method on this host, and tunnels to it',
      '  observed    30 events in 5 of 6 sessions, 5 windows',
      '  lower bound [##################..] 0.900000 stable',
      '  data class  public',
      '  rationale',
      '  flags       host-wide',
      '  default     capture only: a wider rule, or of another kind',
    ])
  })

  test('fit the width, and show nothing that moves a cursor, reorders a line or looks like another name', async () => {
    const evil = `/v1/\u202egnp.exe\u001b[2J/\u0430pi/${'x'.repeat(200)}`
    await sit(['', 'l', ''.padStart(300, 'é\u001b'), 'q'], [narrow('r-evil', 'a.example.com', evil), CALM]).catch(
      () => 0,
    )
    const lines = output.join('\n').split('\n')
    expect(lines.filter((line) => line.length > 79)).toEqual([])
    expect(lines.filter((line) => /[^\u0020-\u007e]/.test(line))).toEqual([])
    expect(lines.join('').replaceAll(/ {2,}/g, '')).toContain('\\u{202e}gnp.exe\\x1b[2J/\\u{430}pi')
  })
})

describe('one question a request pattern', () => {
  const paths = {paths: [{value: '/v1', data_class: 'public'}]}
  const ANY = rule('r-any', 'z.example.com', paths)
  const ACTION = {
    ...rule('r-action', 'z.example.com', {...paths, methods: ['GET'], effective_action: 'allow'}),
    rule_kind: 'http_action',
  }
  const folded = {everyRule: false}

  test('asks about methods on paths, and the other levels of the same requests follow their default', async () => {
    await sit(['', '', '', 'yes'], [...RULES, ANY, ACTION], folded)
    expect(asked()).toEqual(['r-calm', 'r-narrow', 'r-low'])
    expect(states()).toEqual({
      'r-calm': 'enforce',
      'r-narrow': 'enforce',
      'r-low': 'capture_only',
      'r-wide': 'capture_only',
      'r-any': 'capture_only',
      'r-action': 'capture_only',
    })
    const text = output.join('\n')
    expect(text).toContain('3 request patterns on 2 hosts, the riskiest first.')
    expect(text).toContain('and 3 rules for other levels of the same requests, by default')
  })

  test('under --level host asks about hosts', async () => {
    await sit(['', 'yes'], [NARROW, LOW, WIDE, ANY, ACTION], {...folded, level: 'host'})
    expect(asked()).toEqual(['r-wide'])
    expect(states()).toMatchObject({'r-wide': 'enforce', 'r-narrow': 'capture_only', 'r-any': 'capture_only'})
  })

  test('asks about what is no other level of a pattern: another port, another path, a host seen only as a whole', async () => {
    const rules = [
      NARROW,
      rule('r-port', 'z.example.com', {ports: [8443]}),
      rule('r-path', 'z.example.com', {paths: [{value: '/v2', data_class: 'public'}]}),
      rule('r-host', 'y.example.com'),
      rule('r-tunnel', 'z.example.com', {methods: ['CONNECT']}),
    ]
    await sit(['d', 'yes'], rules, folded)
    expect(output.join('\n')).not.toContain('other levels')
    expect(Object.keys(states())).toHaveLength(rules.length)
    expect(output.join('\n')).toContain('5 rules on 3 hosts')
  })

  test('takes no answer to a level that is not asked about from a progress file', async () => {
    await sit(['', '', 'q'], RULES, folded).catch(() => 0)
    const file = JSON.parse(readFileSync(path(PROGRESS), 'utf8')) as {decisions: Record<string, string>}
    file.decisions['r-wide'] = 'enforce'
    writeFileSync(path(PROGRESS), JSON.stringify(file))
    await sit(['', '', 'yes'], RULES, folded)
    expect(output.join('\n')).toContain('An earlier session decided 2 of 3 request patterns')
    expect(states()).toMatchObject({'r-wide': 'capture_only', 'r-narrow': 'enforce'})
  })
})

describe('an answer', () => {
  test.each<[string, readonly string[], Record<string, string>]>([
    ['letters and words', ['Reject', 'enforce', 'capture', 'CAPTURE_ONLY', 'yes'], {'r-narrow': 'enforce'}],
    ['that is not understood is asked again', ['x', 'maybe', '99', '', '', '', '', 'yes'], {'r-calm': 'enforce'}],
    [
      'b goes back, across hosts too',
      ['', '', '', 'b', 'r', 'b', 'b', 'b', 'b', '', '', 'yes'],
      {'r-wide': 'capture_only'},
    ],
    ['a number goes to that rule', ['4', 'r', '', 'e', '', 'yes'], {'r-narrow': 'enforce', 'r-low': 'capture_only'}],
    ['C keeps the rest of this host only', ['r', 'C', '', 'yes'], {'r-narrow': 'capture_only', 'r-calm': 'enforce'}],
    ['d takes the default for all the rest', ['r', 'd', 'yes'], {'r-narrow': 'enforce', 'r-low': 'capture_only'}],
    ['d leaves earlier answers alone', ['', 'r', 'b', 'd', 'yes'], {'r-wide': 'capture_only', 'r-calm': 'enforce'}],
  ])('%s', async (_, responses, expected) => {
    await sit(responses)
    expect(states()).toMatchObject(expected)
  })

  test('Enter keeps an answer that was given before', async () => {
    await sit(['', 'r', 'b', '', '', '', 'yes'])
    expect(states()).not.toHaveProperty('r-narrow')
    expect(output).toContain('[e]nforce [c]apture only [r]eject, Enter = reject > ')
  })

  test('E enforces the rest of the host, after asking for what goes beyond what was learned', async () => {
    await sit(['E', 'no', 'no', '', 'yes'])
    expect(states()).toEqual({
      'r-calm': 'enforce',
      'r-narrow': 'enforce',
      'r-low': 'capture_only',
      'r-wide': 'capture_only',
    })
    rmSync(path('out.yaml'))
    await sit(['E', 'yes', 'yes', '', 'yes'])
    expect(new Set(Object.values(states()))).toEqual(new Set(['enforce']))
  })
})

describe('what goes beyond what was learned', () => {
  test('is requested where it comes up, with the flag that CI needs, and only yes accepts it', async () => {
    const result = await sit(['', '', 'e', 'y', 'e', 'yes', '', 'yes'])
    expect(states()).toMatchObject({'r-low': 'enforce'})
    expect(output.join('\n')).toMatch(/r-low: not enough evidence[^]*--accept-low-confidence/)
    expect([...result.accepted]).toEqual(['low_confidence'])
  })

  test('a host-wide rule beside a narrower one', async () => {
    await sit(['e', 'e', 'no', 'e', 'yes', 'c', '', 'yes'])
    expect(states()).toMatchObject({'r-wide': 'enforce', 'r-narrow': 'enforce'})
  })

  test('needs no answer when the flag is given', async () => {
    await sit(['e', 'e', 'e', '', 'yes'], RULES, {acceptLowConfidence: true, acceptHostWide: true})
    expect(new Set(Object.values(states()))).toEqual(new Set(['enforce']))
  })

  test('unmatched paths that block promotion are to be accepted before signing', async () => {
    const tail = {observation: {tail_pct: '9.00', tail_promotion_block: true}}
    const rules = [CALM, rule('r-tail', 'z.example.com', {}, tail)]
    await expect(sit(['', '', 'no', 'q'], rules)).rejects.toMatchObject(aborted)
    await expect(sit(['y', 'yes'], rules)).rejects.toMatchObject(aborted)
    const result = await sit(['y', 'yes', 'yes'], rules)
    expect([...result.accepted]).toEqual(['tail'])
  })

  test('a rule that rests on blocked traffic cannot be enforced', async () => {
    const blocked = {...rule('r-b', 'z.example.com', {effective_action: 'block'}), rule_kind: 'http_action'}
    await expect(sit(['e', 'e', 'q'], [blocked, WIDE])).rejects.toMatchObject(aborted)
    expect(output.join('\n').match(/Cannot be enforced/g)).toHaveLength(2)
  })

  test('nothing enforced cannot be signed', async () => {
    await expect(sit(['', 'q'], [WIDE])).rejects.toMatchObject(aborted)
    expect(output.join('\n')).toContain('there is nothing to sign')
  })
})

describe('the last page', () => {
  test('shows the whole decision: counts by host, what will be blocked of what was seen', async () => {
    await sit(['', '', '', '', 'maybe', 'l', 'yes'])
    const page = output.find((text) => text.includes('The whole decision')) ?? ''
    expect(page).toMatch(/^ +1 +2 +0 {2}z\.example\.com$/m)
    expect(page).toMatch(/^ +2 +2 +0 {2}in all$/m)
    expect(page).toContain('HTTP: every host but 2 hosts with enforced rules')
    expect(page).toContain('  GET z.example.com/rare (30 events in 5 of 6 sessions, r-low)')
    expect(page).not.toContain('r-narrow')
  })

  test('b goes back to the rules', async () => {
    await sit(['', '', '', '', 'b', 'r', 'yes'])
    expect(states()).not.toHaveProperty('r-calm')
  })
})

describe('leaving', () => {
  test.each([
    ['q', ['', 'r', 'q']],
    ['the end of input', ['', 'r']],
    ['q at the question of a guard', ['', 'r', 'e', 'q']],
  ])('by %s keeps the answers, private and bound to the candidate, and signs nothing', async (_, responses) => {
    const before = await sit(responses).catch((error: unknown) => error)
    expect(before).toMatchObject({
      ...aborted,
      message: `nothing is signed; 2 of 4 answers are kept in ${path(PROGRESS)}`,
    })
    expect(kept()).toEqual({'r-wide': 'capture_only', 'r-narrow': 'reject'})
    expect(statSync(path(PROGRESS)).mode & 0o777).toBe(0o600)
    expect(existsSync(path('out.yaml'))).toBe(false)
  })

  test('and going on: shows how far, starts at the first open rule, and cleans up after signing', async () => {
    await sit(['', 'r', 'q']).catch(() => 0)
    output.length = 0
    await sit(['perhaps', '', 'c', '', 'yes'])
    expect(output.join('\n')).toContain('An earlier session decided 2 of 4 rules: 0 enforce, 1 capture only, 1 reject.')
    expect(asked()).toEqual(['r-low', 'r-calm'])
    expect(states()).toEqual({'r-wide': 'capture_only', 'r-low': 'capture_only', 'r-calm': 'enforce'})
    expect(readdirSync(folder).filter((name) => name.includes('progress'))).toEqual([])
  })

  test('and beginning anew', async () => {
    await sit(['', 'r', 'q']).catch(() => 0)
    await sit(['n', 'd', 'yes'])
    expect(states()).toMatchObject({'r-narrow': 'enforce'})
  })

  test('all answered: the last page is next', async () => {
    await sit(['d', 'q']).catch(() => 0)
    await sit(['', 'yes'])
    expect(states()).toMatchObject({'r-narrow': 'enforce'})
  })

  test('answers to another candidate are set aside, never applied, and no name is taken twice', async () => {
    for (const n of [1, 2]) {
      await sit(['', 'r', 'q']).catch(() => 0)
      output.length = 0
      await sit(['q'], [CALM, NARROW, WIDE]).catch(() => 0)
      expect(output.join(' ').replaceAll('\n', ' ')).toContain(`it belongs to another candidate. They are now`)
      expect(existsSync(path(`${PROGRESS}.${n}`))).toBe(true)
    }
  })

  test.each([
    ['no JSON', '{'],
    ['another version', '{"progress_version": 2, "contract_hash": "x", "decisions": {}}'],
    ['an unknown member', '{"progress_version": 1, "contract_hash": "x", "decisions": {}, "accepted": ["r-low"]}'],
  ])('a progress file with %s is set aside', async (_, text) => {
    writeFileSync(path(PROGRESS), text)
    await sit(['d', 'yes'])
    expect(readFileSync(path(`${PROGRESS}.1`), 'utf8')).toBe(text)
  })

  test('a progress file written by somebody else accepts nothing: it is asked again', async () => {
    await sit(['', '', 'q']).catch(() => 0)
    const file = JSON.parse(readFileSync(path(PROGRESS), 'utf8')) as {decisions: Record<string, string>}
    file.decisions = {'r-wide': 'enforce', 'r-narrow': 'enforce', 'r-low': 'enforce', 'r-calm': 'enforce'}
    writeFileSync(path(PROGRESS), JSON.stringify(file))
    await expect(sit(['', 'yes'])).rejects.toMatchObject(aborted)
    expect(existsSync(path('out.yaml'))).toBe(false)
    const result: RatifyResult = await sit(['', 'yes', 'yes', 'yes'])
    expect([...result.accepted].sort()).toEqual(['host_wide', 'low_confidence'])
  })

  test('a link in place of the progress file is refused', async () => {
    writeFileSync(path('target'), '')
    symlinkSync(path('target'), path(PROGRESS))
    await expect(sit(['d', 'yes'])).rejects.toMatchObject({code: 'file_not_regular'})
    expect(readFileSync(path('target'), 'utf8')).toBe('')
  })
})

describe('the candidate', () => {
  test('that was compiled anew meanwhile is not overwritten', async () => {
    const other = contractYaml(contract('agent-a', [WIDE]))
    const session = sit(['d', 'yes'], RULES, {
      out: undefined,
      dialogue: {
        columns: 80,
        colour: false,
        say: () => undefined,
        ask: (prompt) => {
          if (!prompt.startsWith('Sign')) return Promise.resolve('d')
          writeFileSync(path('candidate.yaml'), other)
          return Promise.resolve('yes')
        },
      },
    })
    await expect(session).rejects.toThrow('was replaced while you decided')
    expect(readFileSync(path('candidate.yaml'), 'utf8')).toBe(other)
  })
})

describe('saved decisions', () => {
  test.each(['saved.json', 'saved.yaml'])('repeat the decision: %s', async (name) => {
    const first = await sit(['c', 'e', 'r', 'd', 'yes'], RULES, {saveDecisions: path(name)})
    rmSync(path('out.yaml'))
    const second = await sit([], RULES, {dialogue: undefined, decisionsFile: path(name)})
    expect(second.contractHash).toBe(first.contractHash)
  })

  test('are no other file', async () => {
    for (const saveDecisions of [path('out.yaml'), path('candidate.yaml'), path(PROGRESS)]) {
      await expect(sit([], RULES, {saveDecisions})).rejects.toMatchObject({code: 'usage'})
    }
  })
})

describe('a forgotten rule', () => {
  const forgotten = [
    {
      rule_id: 'r-narrow',
      agent: 'agent-a',
      contract_hash: '',
      authorization_id: '',
      forgotten_at: '2026-05-01T12:00:00Z',
    },
  ]

  test('is marked, cannot be enforced alone or with its host, and stays capture-only', async () => {
    const result = await sit(['c', 'e', 'd', 'yes'], RULES, {forgotten})
    expect(asked().slice(0, 2)).toEqual(['r-wide', 'r-narrow'])
    const text = output.join('\n')
    expect(text).toContain('capture only: removed by learn forget before')
    expect(text).toMatch(/Cannot be enforced: learn forget removed r-narrow/)
    expect(states()).toMatchObject({'r-narrow': 'capture_only', 'r-calm': 'enforce'})
    expect([result.forgotten, result.restored]).toEqual([['r-narrow'], []])
  })

  test('is not enforced by an earlier answer that the progress file kept', async () => {
    await expect(sit(['c', 'e'])).rejects.toMatchObject(aborted)
    await sit(['y', 'd', 'yes'], RULES, {forgotten})
    expect(states()).toMatchObject({'r-narrow': 'capture_only'})
  })

  test('can be enforced once it is restored', async () => {
    const result = await sit(['c', 'e', 'd', 'yes'], RULES, {forgotten, restoreForgotten: ['r-narrow']})
    expect([states()['r-narrow'], result.restored]).toEqual(['enforce', ['r-narrow']])
  })
})
