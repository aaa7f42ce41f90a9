// The product of guarantees and transports: every guarantee becomes one test per transport, unless an exemption says
// why it does not apply there. Worlds are shared between the cells of one file and checked when all cells are done.
import {afterAll, describe, expect, test} from 'vitest'
import type {ActionRecord} from '../../src/formats/action-receipt.js'
import {ADAPTERS, isIntercepted, TRANSPORTS, type Adapter, type Outcome, type TransportName} from './transports.js'
import {startWorld, type Setting, type World} from './world.js'

export interface Guarantee {
  readonly name: string
  /** Transports without this guarantee, and the reason. */
  readonly exempt?: Partial<Readonly<Record<TransportName, string>>>
  holds(t: Adapter): Promise<void>
}

/** The transport of the running test: tunnels are opened in worlds of their own. */
let column: TransportName | undefined

export function matrix(title: string, guarantees: readonly Guarantee[]): void {
  describe.each(TRANSPORTS)(`${title}: %s`, (name) => {
    for (const guarantee of guarantees) {
      if (guarantee.exempt?.[name] === undefined)
        test(guarantee.name, () => {
          column = name
          return guarantee.holds(ADAPTERS[name])
        })
    }
  })
  test(`${title}: no guarantee is exempt everywhere, none is listed twice, every exemption has a reason`, () => {
    expect(new Set(guarantees.map((g) => g.name)).size).toBe(guarantees.length)
    for (const {name, exempt = {}} of guarantees) {
      expect(Object.keys(exempt).length, name).toBeLessThan(TRANSPORTS.length)
      for (const reason of Object.values(exempt)) expect(reason.length, name).toBeGreaterThan(10)
    }
  })
}

export interface Worlds<Name extends string> {
  /** The world of a setting, started at its first use. */
  get(name: Name): Promise<World>
  /** A world that a single cell may spoil; removed afterwards. */
  fresh(name: Name, use: (world: World) => Promise<void>): Promise<void>
}

/** Registers the final checks of the shared worlds: call it after the last guarantee. */
export function worldsOf<Name extends string>(
  settings: Readonly<Record<Name, Setting>>,
  secrets: readonly string[] = [],
): Worlds<Name> & {examined(): void} {
  const started = new Map<string, Promise<World>>()
  const start = (name: Name): Promise<World> =>
    startWorld(settings[name], {opensTunnels: column !== undefined && isIntercepted(column)})
  afterAll(async () => {
    for (const promise of started.values()) {
      const world = await promise
      await world.stop()
      await dispose(world)
    }
  })
  return {
    get(name) {
      const key = column !== undefined && isIntercepted(column) ? `${name}, opened` : name
      const world = started.get(key) ?? start(name)
      started.set(key, world)
      return world
    },
    async fresh(name, use) {
      const world = await start(name)
      try {
        await use(world)
      } finally {
        await world.stop().catch(() => undefined)
        await dispose(world)
      }
    },
    examined() {
      test('every receipt of every world is signed and in its chain', async () => {
        for (const [name, promise] of started) {
          const world = await promise
          await world.stop()
          const verdict = await world.verify()
          expect(verdict.failure, name).toBeUndefined()
          expect(verdict.completeness, name).toBe('anchored')
          expect(verdict.v1.receiptCount, name).toBe(world.receipts().length)
        }
      })

      test('every decision with a readable target is captured as it was decided', async () => {
        const outcomes: Readonly<Record<string, string>> = {
          allow: 'clean',
          warn: 'warned',
          block: 'blocked',
          strip: 'stripped',
        }
        for (const [name, promise] of started) {
          const world = await promise
          await world.stop()
          const row = (request: unknown, transport: unknown, outcome: unknown): string =>
            `${String(request)} ${String(transport)} ${String(outcome)}`
          const captured = world.captures().map((c) => row(c.request, c.transport, c.outcome))
          // a second receipt about the same place is the end of the same exchange; a finding can hide its path
          const last = new Map<string, string>()
          for (const r of world.receipts()) {
            // what an operator lifts is no exchange
            if (r.target.startsWith('[redacted-url') || r.action_type === 'authorize') continue
            const place = r.target.replace(/\/\[redacted-path\]$/, '')
            for (const key of last.keys())
              if (key.startsWith(row(r.request_id, r.transport, `${place}/`))) last.delete(key)
            last.set(row(r.request_id, r.transport, r.target), row(r.request_id, r.transport, outcomes[r.verdict]))
          }
          const decided = [...last.values()]
          expect(captured.toSorted(), name).toEqual(decided.toSorted())
        }
      })

      test('no secret stands in evidence, captures or the audit log', async () => {
        for (const promise of started.values()) {
          const world = await promise
          await world.stop()
          const urls = world.captures().map(({url}) => url)
          const written = [world.evidence(), world.log(), ...urls].join('\n').split('\n')
          for (const secret of secrets) {
            expect(written.filter((line) => line.toLowerCase().includes(secret.toLowerCase()))).toEqual([])
          }
        }
      })
    },
  }
}

async function dispose(world: World): Promise<void> {
  world.release()
  await Promise.all([world.http.close(), world.tls.close()])
  world.remove()
}

/** Observations of the world while `act` ran. */
export interface Watched<T> {
  readonly result: T
  readonly receipts: readonly ActionRecord[]
  /** Requests that reached an origin. */
  readonly reached: number
  readonly dialled: readonly string[]
  readonly resolved: readonly string[]
}

export async function watch<T>(world: World, act: () => Promise<T>): Promise<Watched<T>> {
  const before = {
    receipts: world.receipts().length,
    seen: world.http.requests.length,
    dialled: world.dialled.length,
    resolved: world.resolved.length,
  }
  const result = await act()
  return {
    result,
    receipts: world.receipts().slice(before.receipts),
    reached: world.http.requests.length - before.seen,
    dialled: world.dialled.slice(before.dialled),
    resolved: world.resolved.slice(before.resolved),
  }
}

export interface ExpectedBlock {
  readonly reason: string
  readonly layer: string | undefined
  readonly status: number
  readonly severity: 'info' | 'warn' | 'critical'
  readonly retry: 'none' | 'transient' | 'policy' | 'retry-with-canonical-path'
}

/** The response is a complete block of version 1, without any content of the origin. */
export function expectBlock(outcome: Outcome, expected: ExpectedBlock): void {
  const {fields} = outcome
  const named = Object.fromEntries([...fields].filter(([name]) => name.startsWith('x-pipelock-')))
  expect({status: outcome.status, ...named}).toEqual({
    status: expected.status,
    'x-pipelock-block-reason': expected.reason,
    'x-pipelock-block-reason-version': '1',
    'x-pipelock-block-reason-severity': expected.severity,
    'x-pipelock-block-reason-retry': expected.retry,
    ...(expected.layer !== undefined && {'x-pipelock-block-reason-layer': expected.layer}),
    // `pipelock explain` finds the decision by it
    'x-pipelock-request-id': expect.stringMatching(/^req-[1-9][0-9]*-[0-9a-f]{6}$/) as string,
  })
  expect(fields.get('cache-control')).toBe('no-store')
  expect(fields.get('retry-after') !== undefined).toBe(expected.status === 429)
  expect(outcome.content).toBe('')
  expectBody(outcome)
}

/** Body and type of a block on each surface. */
function expectBody({body, fields, status, decidedOn}: Outcome): void {
  if (fields.get('x-pipelock-block-reason') === 'kill_switch_active') {
    expect(fields.get('content-type')).toBe('application/json')
    expect(JSON.parse(body)).toEqual({error: 'kill_switch_active', message: expect.any(String) as string})
    return
  }
  if (decidedOn === 'reverse' && fields.get('content-type') === 'application/json') {
    expect(JSON.parse(body)).toEqual({
      error: expect.stringMatching(/^(?:response )?blocked by pipelock$/) as string,
      blocked: true,
      block_reason: expect.stringMatching(/./) as string,
      direction: expect.stringMatching(/^(?:request|response)$/) as string,
    })
    return
  }
  if (decidedOn === 'fetch') {
    expect(fields.get('content-type')).toBe('application/json')
    const protocol = status === 400 || status === 405
    expect(JSON.parse(body)).toMatchObject(
      protocol
        ? {blocked: false, error: expect.any(String) as string}
        : {blocked: true, block_reason: expect.any(String) as string},
    )
    expect(body.endsWith('}\n')).toBe(true)
    return
  }
  expect(fields.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(fields.get('x-content-type-options')).toBe('nosniff')
  expect(body).toMatch(
    decidedOn === 'connect'
      ? /^(?:CONNECT blocked: |CONNECT not supported|inbound mediation|too many)[^\n]*\n$/
      : /^[^\n]+\n$/,
  )
}

/** No block header anywhere: an allowed response, or a failure, which is not a verdict. */
export function expectNoVerdict({fields}: Outcome): void {
  expect([...fields.keys()].filter((name) => name.startsWith('x-pipelock-'))).toEqual([])
}

/** The receipts of one decision and of the allowed ones before it. */
export function expectReceipts(
  receipts: readonly ActionRecord[],
  {before, decidedOn}: Outcome,
  verdict: string,
  layer: string | undefined,
): void {
  expect(receipts.map((r) => [r.verdict, r.transport, r.layer || undefined])).toEqual([
    ...before.map((transport) => ['allow', transport, undefined]),
    [verdict, decidedOn, layer || undefined],
  ])
}

/** Everything that the client received, in lower case. */
export function allText({rawFields, body}: Outcome): string {
  return [...rawFields.map(([name, value]) => `${name}: ${value}`), body].join('\n').toLowerCase()
}

/** The log is written after the response; the test's own timeout ends the wait. */
export async function logged(world: {log(): string}, pattern: RegExp): Promise<void> {
  while (!pattern.test(world.log())) await new Promise((done) => setImmediate(done))
}
