// Inspection fails closed: every failure of a hook is a block, and a strip leaves clean bytes.
import {describe, expect, test} from 'vitest'
import type {Finding} from '../../../src/core/decision.js'
import type {Exchange, Unit} from '../../../src/core/exchange.js'
import {headUnit, stripped} from '../../../src/core/inspection.js'
import {composePolicy} from '../../../src/core/pipeline.js'
import type {Hooks, Rewrite, Watcher} from '../../../src/core/plugin.js'
import type {Content, Policy} from '../../../src/core/policy.js'

const finding = (part: Partial<Finding> = {}): Finding => ({
  plugin: 'test',
  authority: 'scanner',
  layer: 'response_scan',
  reason: 'prompt_injection',
  action: 'block',
  severity: 'critical',
  order: 1,
  detail: 'found',
  ...part,
})

const exchange: Exchange = {
  id: 'x',
  requestId: 'req-1',
  transport: 'forward',
  purpose: 'request',
  agent: {name: 'a', basis: 'config-default'},
  clientIp: '127.0.0.1',
  rawTarget: 'http://x.test/',
  target: undefined,
  method: 'POST',
  headers: [['Content-Type', 'Text/Plain; charset=x']],
  startedAtMs: 0,
  signal: new AbortController().signal,
}

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

  test('without a watcher has no watch', () => {
    const {policy} = compose([{watch: () => undefined}])
    expect(policy.watch(exchange, event, policy.conclude(exchange, []))).toBeUndefined()
  })
})

test('the head of a message is parsed as one', () => {
  expect(headUnit('request', exchange.headers)).toMatchObject({
    mediaType: 'text/plain',
    contentType: 'Text/Plain; charset=x',
  })
  expect(headUnit('response', [], 204)).toMatchObject({mediaType: '', contentType: '', status: 204})
})
