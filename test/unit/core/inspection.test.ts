// Inspection fails closed: every failure of a hook is a block, and a strip leaves clean bytes.
import {describe, expect, test} from 'vitest'
import type {Finding} from '../../../src/core/decision.js'
import type {Exchange, Unit} from '../../../src/core/exchange.js'
import {headUnit, stripped} from '../../../src/core/inspection.js'
import {composePolicy} from '../../../src/core/pipeline.js'
import type {Hooks, Rewrite, ShieldSummary, Watcher} from '../../../src/core/plugin.js'
import type {Content, Policy} from '../../../src/core/policy.js'
import {EXCHANGE, findingOf} from '../../support/exchanges.js'

const finding = (part: Partial<Finding> = {}): Finding =>
  findingOf({layer: 'response_scan', reason: 'prompt_injection', ...part})

const exchange: Exchange = {...EXCHANGE, headers: [['Content-Type', 'Text/Plain; charset=x']]}

const content = (text: string): Content => ({read: () => Promise.resolve({kind: 'whole', bytes: Buffer.from(text)})})
const want: Hooks['requires'] = () => ({maxBytes: 100, over: () => finding({layer: 'request_body'})})

function compose(hooks: readonly Partial<Hooks>[], enforce = true): {policy: Policy; faults: string[]} {
  const faults: string[] = []
  const policy = composePolicy({
    mode: 'balanced',
    enforce,
    generation: 1,
    explainBlocks: false,
    configHash: '',
    policyHash: '',
    hooks: hooks.map((h, i) => ({plugin: `p${i}`, hooks: h})),
    onFault: (plugin, hook) => void faults.push(`${plugin}.${hook}`),
  })
  return {policy, faults}
}

const result = (text: string): Unit => ({...headUnit('response', []), kind: 'body', bytes: Buffer.from(text)})
const broken = (): never => {
  throw new Error('broken')
}
const nothing = (): never => undefined as never

describe.each([
  ['inspect throws', {inspect: broken}],
  ['inspect rejects', {inspect: () => Promise.reject(new Error('broken'))}],
  ['inspect returns nothing', {inspect: nothing}],
  ['inspect forgets it later', {inspect: () => Promise.resolve(nothing())}],
  ['requires throws', {requires: broken}],
  ['rewrite throws', {requires: want, rewrite: broken}],
  ['rewrite rejects', {requires: want, rewrite: () => Promise.reject(new Error('broken'))}],
  ['rewrite returns nothing', {requires: want, rewrite: () => ({}) as Rewrite}],
])('%s', (_name, hooks: Partial<Hooks>) => {
  test.each([true, false])('blocks with enforce %s', async (enforce) => {
    const {policy, faults} = compose([hooks], enforce)
    const {decision} = await policy.judge(exchange, content('good'))
    expect([decision.action, decision.cause?.hard]).toEqual(['block', true])
    expect(faults).toHaveLength(1)
  })
})

test("a body that is unreadable or too long is a block, regardless of the plugin's finding", async () => {
  const mild = compose([{requires: () => ({maxBytes: 1, over: () => finding({action: 'warn'})})}], false).policy
  const over: Content = {read: () => Promise.resolve({kind: 'over'})}
  const lost: Content = {read: () => Promise.reject(new Error('lost'))}
  expect((await mild.judge(exchange, over)).decision.action).toBe('block')
  expect((await mild.judge(exchange, lost)).decision.action).toBe('block')
})

test('the smallest limit applies, and a body that no plugin wants is not read', async () => {
  const reads: number[] = []
  const reading: Content = {
    read(max) {
      reads.push(max)
      return Promise.resolve({kind: 'whole', bytes: Buffer.from('x')})
    },
  }
  const sized = (maxBytes: number): Partial<Hooks> => ({requires: () => ({maxBytes, over: () => finding()})})
  await compose([sized(9), sized(5), sized(7)]).policy.judge(exchange, reading)
  await compose([{requires: () => undefined}]).policy.judge(exchange, reading)
  await compose([sized(5), {inspect: () => [finding()]}]).policy.judge(exchange, reading)
  expect(reads).toEqual([5])
})

test('contract runs after head and body, with their findings as input', async () => {
  const inspected: string[] = []
  const {policy} = compose([
    {
      requires: want,
      inspect: (_x, unit) => {
        inspected.push(unit.kind)
        return unit.kind === 'body' ? [finding({layer: 'body_dlp'})] : []
      },
      contract: (_x, scanner) => {
        inspected.push(`contract after ${scanner.action}`)
        return {findings: [], outcome: undefined}
      },
    },
  ])
  const {decision, body} = await policy.judge(exchange, content('bad'))
  expect(inspected).toEqual(['head', 'body', 'contract after block'])
  expect(decision.cause?.layer).toBe('body_dlp')
  expect(body?.bytes.toString()).toBe('bad')
})

describe('strip', () => {
  const strips =
    (word: string): Hooks['inspect'] =>
    (_x, unit) => {
      const start = unit.bytes.indexOf(word)
      return start < 0
        ? []
        : [finding({action: 'strip', replace: [{start, end: start + word.length, text: '[REDACTED]'}]})]
    }

  test('replaces the span and nothing else', async () => {
    const {policy} = compose([{inspect: strips('evil')}])
    const {ruling, unit} = await policy.inspect(
      exchange,
      result('good evil good'),
      await policy.judge({...exchange, headers: []}),
    )
    expect([ruling.decision.action, unit?.bytes.toString()]).toEqual(['strip', 'good [REDACTED] good'])
  })

  test('without a span it is a block', async () => {
    const {policy} = compose([{inspect: () => [finding({action: 'strip'})]}])
    const {ruling, unit} = await policy.inspect(exchange, result('x'), policy.conclude(exchange, []))
    expect([ruling.decision.action, unit]).toEqual(['block', undefined])
  })

  test('a match that remains after stripping is a block', async () => {
    const {policy} = compose([{inspect: strips('evil')}])
    const {ruling, unit} = await policy.inspect(exchange, result('evil evil'), policy.conclude(exchange, []))
    expect([ruling.decision.action, unit]).toEqual(['block', undefined])
  })

  test('a warning that remains after stripping does not hold the unit back', async () => {
    const soft: Hooks['inspect'] = (_x, unit) => (unit.bytes.includes('good') ? [finding({action: 'warn'})] : [])
    const {policy} = compose([{inspect: strips('evil')}, {inspect: soft}])
    const {ruling, unit} = await policy.inspect(exchange, result('good evil'), policy.conclude(exchange, []))
    expect([ruling.decision.action, unit?.bytes.toString()]).toEqual(['strip', 'good [REDACTED]'])
  })

  test('of an earlier unit changes nothing about one without a match', async () => {
    const {policy} = compose([{inspect: strips('evil')}])
    const {ruling} = await policy.inspect(exchange, result('evil'), policy.conclude(exchange, []))
    const clean = result('good')
    const next = await policy.inspect(exchange, clean, ruling)
    expect(next.unit).toBe(clean)
    expect(next.ruling).toBe(ruling)
  })

  test('is nothing for a unit that is blocked: it is inspected once, and has each finding once', async () => {
    let count = 0
    const inspect: Hooks['inspect'] = () => {
      count++
      return [finding()]
    }
    const {policy} = compose([{inspect}])
    const {ruling, unit} = await policy.inspect(exchange, result('x'), policy.conclude(exchange, []))
    expect([ruling.decision.findings.length, unit, count]).toEqual([1, undefined, 1])
  })

  test('is a warning where nothing is enforced', async () => {
    const {policy} = compose([{inspect: strips('evil')}], false)
    const {ruling, unit} = await policy.inspect(exchange, result('evil'), policy.conclude(exchange, []))
    expect([ruling.decision.action, unit?.bytes.toString()]).toEqual(['warn', 'evil'])
  })

  test('joins spans that overlap', () => {
    const replace = [
      {start: 2, end: 6, text: 'A'},
      {start: 4, end: 8, text: 'B'},
      {start: 0, end: 1, text: 'C'},
    ]
    expect(stripped(Buffer.from('0123456789'), [finding({action: 'strip', replace})]).toString()).toBe('C1A89')
  })
})

describe('a finding that asks', () => {
  const asks: Hooks['inspect'] = (_x, unit) => (unit.bytes.includes('evil') ? [finding({action: 'ask'})] : [])

  test.each([
    ['there is no approver', {}],
    ['the approver fails', {ask: () => Promise.reject(new Error('broken'))}],
    ['the approver asks again', {ask: (_x, _unit, findings) => Promise.resolve(findings)}],
  ] satisfies readonly (readonly [string, Partial<Hooks>])[])(
    'is blocked when %s',
    async (_name, hooks: Partial<Hooks>) => {
      const {policy} = compose([{inspect: asks, ...hooks}])
      const {ruling, unit} = await policy.inspect(exchange, result('evil'), policy.conclude(exchange, []))
      expect([ruling.decision.action, unit]).toEqual(['block', undefined])
    },
  )

  test.each<[Finding['action'], string | undefined]>([
    ['warn', 'evil'],
    ['block', undefined],
  ])('is what the approver says of it: %s', async (action, sent) => {
    const texts: string[] = []
    const ask: Hooks['ask'] = (_x, unit, findings) => {
      texts.push(unit.bytes.toString())
      return Promise.resolve(findings.map((f) => ({...f, action})))
    }
    const {policy} = compose([{inspect: asks, ask}])
    const {ruling, unit} = await policy.inspect(exchange, result('evil'), policy.conclude(exchange, []))
    expect([ruling.decision.action, unit?.bytes.toString(), texts]).toEqual([action, sent, ['evil']])
  })

  test('the log names an approver that fails', async () => {
    const {policy, faults} = compose([{inspect: asks}, {ask: () => Promise.reject(new Error('broken'))}])
    await policy.inspect(exchange, result('evil'), policy.conclude(exchange, []))
    expect(faults).toEqual(['p1.ask'])
  })
})

test('a finding that only reports lets the unit pass', async () => {
  const matches = [{pattern_name: 'Soft', severity: 'low'}]
  const {policy} = compose([{inspect: () => [finding({action: 'allow', matches})]}])
  const {ruling, unit} = await policy.inspect(exchange, result('x'), policy.conclude(exchange, []))
  expect([ruling.decision.action, unit?.bytes.toString(), ruling.warnMatches]).toEqual(['allow', 'x', matches])
})

describe('the rewritten body of a response', () => {
  const cut =
    (word: string): Hooks['rewrite'] =>
    (_x, unit) => {
      const text = unit.bytes.toString()
      const bytes = Buffer.from(text.replaceAll(word, ''))
      return {unit: {...unit, bytes}, findings: [], changed: text.includes(word)}
    }
  const finds =
    (word: string, action: Finding['action'] = 'block'): Hooks['inspect'] =>
    (_x, unit) => {
      const start = unit.bytes.indexOf(word)
      const replace = [{start, end: start + word.length, text: '#'}]
      return start < 0 ? [] : [finding({rule: word, action, replace})]
    }
  const judged = async (hooks: readonly Partial<Hooks>[], text: string) => {
    const {policy} = compose(hooks)
    const {ruling, unit} = await policy.inspect(exchange, result(text), policy.conclude(exchange, []))
    const {action, findings} = ruling.decision
    return {action, sent: unit?.bytes.toString(), found: findings.length}
  }

  test('passes through all rewriters in turn, and stays unchanged where none changes it', async () => {
    const both = [{rewrite: cut('a')}, {rewrite: cut('b')}]
    expect(await judged(both, 'xaby')).toEqual({action: 'allow', sent: 'xy', found: 0})
    const {policy} = compose(both)
    const same = result('xy')
    expect((await policy.inspect(exchange, same, policy.conclude(exchange, []))).unit).toBe(same)
    expect((await policy.rewrite(exchange, result('xaby'), policy.conclude(exchange, []))).unit?.bytes.toString()).toBe(
      'xy',
    )
  })

  test('is judged as received and as rewritten', async () => {
    expect(await judged([{rewrite: cut('evil')}, {inspect: finds('evil')}], 'an evil page')).toMatchObject({
      action: 'block',
    })
    expect(await judged([{rewrite: cut('-')}, {inspect: finds('evil')}], 'an ev-il page')).toMatchObject({
      action: 'block',
      sent: undefined,
    })
    expect(await judged([{rewrite: cut('-')}, {inspect: finds('evil', 'warn')}], 'an evil page-')).toEqual({
      action: 'warn',
      sent: 'an evil page',
      found: 1,
    })
    expect(await judged([{rewrite: cut('-')}, {inspect: finds('evil', 'strip')}], 'an evil page-')).toMatchObject({
      action: 'strip',
      sent: 'an # page',
    })
  })

  test.each([
    ['throws', broken],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns nothing', nothing],
    ['refuses it', (_x, unit) => ({unit, changed: false, findings: [finding()]})],
  ] satisfies readonly (readonly [string, Hooks['rewrite']])[])(
    'is blocked when a rewriter %s',
    async (_name, rewrite) => {
      expect(await judged([{rewrite}], 'x')).toMatchObject({action: 'block', sent: undefined})
    },
  )

  test('has the findings that the rewrite brings in, by layer and rule, beside those of the received one', async () => {
    const named = (word: string, layer: string, rule: string): Partial<Hooks> => ({
      inspect: (_x, unit) => (unit.bytes.includes(word) ? [finding({layer, rule, action: 'warn'})] : []),
    })
    const {policy} = compose([
      {rewrite: cut('-')},
      named('evil', 'a', 'one'),
      named('bad', 'a', 'two'),
      named('bad', 'b', 'one'),
    ])
    const {ruling} = await policy.inspect(exchange, result('evil b-ad'), policy.conclude(exchange, []))
    expect(ruling.decision.findings.map(({layer, rule}) => `${layer} ${rule}`).sort()).toEqual([
      'a one',
      'a two',
      'b one',
    ])
  })

  test('is inspected once where it is the received one, also where the rewriter refuses it', async () => {
    const texts: string[] = []
    const inspect: Hooks['inspect'] = (_x, unit) => {
      texts.push(unit.bytes.toString())
      return []
    }
    expect(await judged([{rewrite: cut('-'), inspect}], 'plain')).toMatchObject({action: 'allow', sent: 'plain'})
    expect(texts).toEqual(['plain'])
    const refuses: Hooks['rewrite'] = (_x, unit) => ({unit, changed: false, findings: [finding()]})
    expect(await judged([{rewrite: refuses, inspect}], 'refused')).toMatchObject({action: 'block', found: 1})
    expect(texts).toEqual(['plain', 'refused'])
    const finds: Hooks['inspect'] = () => [{...finding(), layer: 'another'}]
    expect(await judged([{rewrite: refuses, inspect: finds}], 'refused')).toMatchObject({action: 'block', found: 2})
  })

  test('keeps the summary of what was removed in every ruling after it', async () => {
    const shield: ShieldSummary = {
      pipeline: 'html',
      total_rewrites: 1,
      extension_probes: 0,
      tracking_beacons: 1,
      agent_traps: 0,
      fingerprint_shim_injected: false,
      svg_foreign_objects: 0,
      svg_event_handlers: 0,
      svg_external_references: 0,
      svg_hidden_text: 0,
      svg_animation_injections: 0,
      body_bytes: 4,
      scanned_bytes: 4,
      partial: false,
    }
    const rewrite: Hooks['rewrite'] = (_x, unit) => ({unit, changed: false, findings: [], shield})
    const {policy} = compose([{rewrite, inspect: finds('evil', 'warn')}])
    const prior = policy.conclude(exchange, [])
    for (const text of ['plain', 'evil']) {
      const {ruling} = await policy.inspect(exchange, result(text), prior)
      expect([text, ruling.shield]).toEqual([text, shield])
      expect(policy.conclude(exchange, [finding()], ruling).shield).toEqual(shield)
    }
  })

  test('leaves the ruling as it is where nothing is found', async () => {
    const {policy} = compose([{rewrite: cut('-')}])
    const prior = policy.conclude(exchange, [])
    expect((await policy.inspect(exchange, result('a-b'), prior)).ruling).toBe(prior)
  })

  test('leaves parts and heads unchanged', async () => {
    const {policy} = compose([{rewrite: broken}])
    for (const unit of [{...result('x'), part: 'hidden' as const}, headUnit('response', [])]) {
      expect((await policy.inspect(exchange, unit, policy.conclude(exchange, []))).unit).toBe(unit)
    }
  })
})

describe('a body longer than the limit', () => {
  const inspected = {beginning: Buffer.from('abc'), bytes: 1600}
  const beginning: Partial<Hooks> = {
    requires: () => ({
      maxBytes: Infinity,
      beginning: true,
      over: ({beginning: bytes}) => (bytes.includes('b') ? finding({layer: 'beginning'}) : undefined),
    }),
  }
  const head = headUnit('response', [])

  test('is a finding of every plugin that wanted all of it, and of those that inspect its beginning', () => {
    const sized = (maxBytes: number): Partial<Hooks> => ({
      requires: () => ({maxBytes, over: () => finding({layer: `${maxBytes}`})}),
    })
    const want = compose([sized(500), beginning, sized(1700)]).policy.requires(exchange, head)
    expect([want?.maxBytes, want?.over(inspected).map(({layer}) => layer)]).toEqual([500, ['500', 'beginning']])
    const only = compose([beginning]).policy.requires(exchange, head)
    expect([only?.maxBytes, only?.over({...inspected, beginning: Buffer.from('x')})]).toEqual([1445, []])
  })

  test('is a block where a plugin fails to return a finding', async () => {
    const {policy} = compose([{requires: () => ({maxBytes: 1, over: broken})}], false)
    expect(policy.requires(exchange, head)?.over(inspected)).toMatchObject([{hard: true, action: 'block'}])
    const silent = compose([{requires: () => ({maxBytes: 1, over: () => undefined})}], false).policy
    const {decision} = await silent.judge(exchange, {read: () => Promise.resolve({kind: 'over'})})
    expect(decision.action).toBe('block')
  })
})

describe.each(['text/event-stream', 'application/x-ndjson'])('a stream of %s', (type) => {
  const event: Unit = {...headUnit('response', [['Content-Type', type]]), kind: 'event', bytes: Buffer.from('data')}
  const watcher = (feed: Watcher['feed'], maxEventBytes = 9): Partial<Hooks> => ({
    watch: () => ({layer: 'sse_stream', maxEventBytes, feed, unreadable: () => finding({layer: 'sse_stream'})}),
  })

  test.each([
    ['throws', broken],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns nothing', nothing],
  ])('whose watcher %s is blocked', async (_name, feed) => {
    const {policy} = compose([watcher(feed)], false)
    const prior = policy.conclude(exchange, [])
    const result = await policy.watch(exchange, event, prior)?.feed(event)
    expect(result?.ruling.decision.action).toBe('block')
  })

  test('is blocked when its watcher cannot be created', async () => {
    const {policy} = compose([{watch: broken}])
    const result = await policy.watch(exchange, event, policy.conclude(exchange, []))?.feed(event)
    expect(result?.ruling.decision.action).toBe('block')
  })

  test('is judged by all of its watchers, by the smallest event size', async () => {
    const quiet = watcher(() => ({findings: [], open: true}))
    const loud = watcher(() => ({findings: [finding()], open: false}), 4)
    const {policy} = compose([quiet, loud])
    const watch = policy.watch(exchange, event, policy.conclude(exchange, []))
    const result = await watch?.feed(event)
    expect([watch?.maxEventBytes, result?.ruling.decision.action, result?.open]).toEqual([4, 'block', true])
    expect(watch?.unreadable('size').decision.cause?.layer).toBe('sse_stream')
  })

  test('is judged at once where its watchers are, and leaves the ruling as it is where nothing is found', () => {
    const {policy} = compose([watcher(() => ({findings: [], open: true}))])
    const prior = policy.conclude(exchange, [])
    const fed = policy.watch(exchange, event, prior)?.feed(event)
    expect(fed).not.toBeInstanceOf(Promise)
    expect(fed).toMatchObject({open: true, unit: {kind: 'event', bytes: event.bytes}})
    expect(fed && 'ruling' in fed && fed.ruling).toBe(prior)
  })

  test('a match that its request had too is nevertheless one of the stream', async () => {
    const match = finding({layer: 'sse_stream', rule: 'r'})
    const {policy} = compose([watcher(() => ({findings: [match], open: false}))])
    const prior = policy.conclude(exchange, [{...match, action: 'warn'}])
    const fed = await policy.watch(exchange, event, prior)?.feed(event)
    expect([fed?.ruling.decision.action, fed?.unit, fed?.open]).toEqual(['block', undefined, false])
  })

  test('a match that only warns lets the piece pass', async () => {
    const {policy} = compose([watcher(() => ({findings: [finding({action: 'warn'})], open: false}))])
    const fed = await policy.watch(exchange, event, policy.conclude(exchange, []))?.feed(event)
    expect([fed?.ruling.decision.action, fed?.unit?.bytes.toString()]).toEqual(['warn', 'data'])
  })

  test('without a watcher has no watch', () => {
    const {policy} = compose([{watch: () => undefined}])
    expect(policy.watch(exchange, event, policy.conclude(exchange, []))).toBeUndefined()
  })
})

describe('a piece of a stream', () => {
  const piece = (type: string): Unit => ({
    ...headUnit('response', [['Content-Type', type]]),
    kind: 'event',
    bytes: Buffer.from('data'),
  })
  const lines = piece('application/x-ndjson')
  const events = piece('text/event-stream')
  const watches = (feed: Watcher['feed'], feedAll: Watcher['feedAll']): Partial<Hooks> => ({
    watch: () => ({
      layer: 'sse_stream',
      maxEventBytes: 9,
      feed,
      ...(feedAll && {feedAll}),
      unreadable: () => finding(),
    }),
  })
  const quiet = (): ReturnType<Watcher['feed']> => ({findings: [], open: false})

  test.each([
    [
      'lines: inspected as a body, and joined with those before it as an event',
      lines,
      ['inspect body data', 'feed event data'],
    ],
    ['an event: joined with those before it, which inspects it as well', events, ['feed event data']],
  ])('of %s', async (_, unit, expected) => {
    const calls: string[] = []
    const reported = (by: string, {kind, bytes}: Unit): void => void calls.push(`${by} ${kind} ${bytes.toString()}`)
    const inspect: Hooks['inspect'] = (_x, given) => {
      reported('inspect', given)
      return []
    }
    const feed: Watcher['feed'] = (given) => {
      reported('feed', given)
      return quiet()
    }
    const {policy} = compose([watches(feed, undefined), {inspect}])
    const fed = await policy.watch(exchange, unit, policy.conclude(exchange, []))?.feed(unit)
    expect(calls).toEqual(expected)
    expect(fed?.unit?.bytes.toString()).toBe('data')
  })

  test('of lines that are refused by themselves is joined with nothing, and nothing of it is held back', async () => {
    let fedCount = 0
    const feed: Watcher['feed'] = () => {
      fedCount++
      return {findings: [], open: true}
    }
    const {policy} = compose([watches(feed, undefined), {inspect: () => [finding()]}])
    const fed = await policy.watch(exchange, lines, policy.conclude(exchange, []))?.feed(lines)
    expect([fed?.ruling.decision.action, fed?.unit, fed?.open, fedCount]).toEqual(['block', undefined, false, 0])
  })

  test('of lines has a match once, which it shows by itself and joined', async () => {
    const match = finding({layer: 'response_scan', rule: 'r', action: 'warn'})
    const other = finding({layer: 'response_scan', rule: 'of both', action: 'warn'})
    const joined: Watcher['feed'] = () => ({findings: [match, other], open: false})
    const {policy} = compose([watches(joined, undefined), {inspect: () => [match]}])
    const fed = await policy.watch(exchange, lines, policy.conclude(exchange, []))?.feed(lines)
    expect(fed?.ruling.decision.findings.map(({rule}) => rule).sort()).toEqual(['of both', 'r'])
  })

  test.each<[string, Unit, number, object | undefined]>([
    ['events and one watcher: yes', events, 1, {open: true}],
    ['events and two watchers: no, for the memory of the other one could not be undone', events, 2, undefined],
    ['lines: no, for each is inspected as a body first', lines, 1, undefined],
  ])('may be checked together with others where there are %s', async (_, unit, count, expected) => {
    const one = watches(quiet, () => ({open: true}))
    const {policy} = compose(Array.from({length: count}, () => one))
    const watch = policy.watch(exchange, unit, policy.conclude(exchange, []))
    expect(await watch?.feedAll([unit, unit])).toEqual(expected)
  })
})

test('the head of a message is parsed as one', () => {
  expect(headUnit('request', exchange.headers)).toMatchObject({
    mediaType: 'text/plain',
    contentType: 'Text/Plain; charset=x',
  })
  expect(headUnit('response', [], 204)).toMatchObject({mediaType: '', contentType: '', status: 204})
})
