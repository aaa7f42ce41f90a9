// Open tunnels at a policy change: one to a host that is now denied ends with a receipt, the others continue.
import {afterEach, describe, expect, test} from 'vitest'
import type {Finding} from '../../../src/core/decision.js'
import {startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {startRawOrigin, type RawOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

const OK = 'HTTP/1.1 200 Connection Established\r\n\r\n'

async function setUp(options: HarnessOptions = {}) {
  const denied = new Map<string, Partial<Finding>>()
  const h = await startHarness({refuse: (x) => denied.get(x.target?.host ?? ''), ...options})
  const o = await startRawOrigin((socket) => void socket.pipe(socket), {halfOpen: true})
  open.push(h, o)
  return {h, o, denied}
}

async function tunnel(h: Harness, o: RawOrigin, host: string, first = '\x00hello'): Promise<RawClient> {
  const c = await RawClient.open(h.port)
  open.push(c)
  c.send(`CONNECT ${host}:${o.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  if (first !== '') c.send(first)
  await c.until((text) => text.includes(`${OK}${first}`))
  return c
}

function change(h: Harness): void {
  h.generation()
  h.server.policyChanged()
}

describe.each([{asyncDestination: false}, {asyncDestination: true, asyncCommit: true}])('%o', (options) => {
  test('a tunnel to a newly denied host ends, with a second receipt under its action id', async () => {
    const {h, o, denied} = await setUp(options)
    const [a, b] = [await tunnel(h, o, 'a.test'), await tunnel(h, o, 'b.test')]
    denied.set('a.test', {reason: 'domain_blocklist', layer: 'blocklist'})
    change(h)
    await a.end()
    await h.observed(1)
    expect(h.commits.map(({x, decision}) => [x.target?.host, decision.action])).toEqual([
      ['a.test', 'allow'],
      ['b.test', 'allow'],
      ['a.test', 'block'],
    ])
    expect(h.commits[2]?.x.id).toBe(h.commits[0]?.x.id)
    expect(h.ends[0]).toMatchObject({decision: {action: 'block', cause: {reason: 'domain_blocklist'}}})
    b.send(' again')
    await b.until((text) => text.endsWith(' again'))
    expect(h.server.openTunnels).toBe(1)
  })
})

test('a tunnel without a first byte ends as well', async () => {
  const {h, o, denied} = await setUp()
  const c = await tunnel(h, o, 'a.test', '')
  denied.set('a.test', {reason: 'domain_blocklist', layer: 'blocklist'})
  change(h)
  await c.end()
  await h.observed(1)
  expect(h.commits.map(({decision}) => decision.action)).toEqual(['allow', 'block'])
})

test('a change while dialling ends the tunnel', async () => {
  const denied = new Map<string, Partial<Finding>>()
  let dialled = (): void => undefined
  const dialling = new Promise<void>((resolve) => (dialled = resolve))
  let connect = (): void => undefined
  const {openSocket} = await import('../../../src/transports/dial.js')
  const {h, o} = await setUp({
    refuse: (x) => denied.get(x.target?.host ?? ''),
    openSocket: (...args) => {
      const socket = openSocket(...args)
      const emit = socket.emit.bind(socket)
      socket.emit = (name: string | symbol, ...rest: unknown[]) => {
        if (name !== 'connect') return emit(name, ...rest)
        connect = () => void emit(name, ...rest)
        dialled()
        return true
      }
      return socket
    },
  })
  const c = await RawClient.open(h.port)
  open.push(c)
  c.send(`CONNECT a.test:${o.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await dialling
  denied.set('a.test', {reason: 'domain_blocklist', layer: 'blocklist'})
  change(h)
  connect()
  await c.end()
  await h.observed(1)
  expect(h.commits.map(({decision}) => decision.action)).toEqual(['allow', 'block'])
})

test('plain HTTP inside a tunnel ends with it', async () => {
  const {h, o, denied} = await setUp()
  const c = await tunnel(h, o, 'a.test', '')
  c.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await h.observed(1)
  denied.set('a.test', {reason: 'domain_blocklist', layer: 'blocklist'})
  change(h)
  await c.end()
  await h.observed(2)
  expect(h.commits.at(-1)).toMatchObject({x: {transport: 'connect'}, decision: {action: 'block'}})
})

test.each<[string, Partial<Finding>]>([
  ['a limit that is used up', {reason: 'data_budget', layer: 'databudget', class: 'protective'}],
  ['a name that does not resolve now', {reason: 'timeout', layer: 'ssrf', class: 'infrastructure_error'}],
])('%s does not end a tunnel', async (_, finding) => {
  const {h, o, denied} = await setUp()
  const c = await tunnel(h, o, 'a.test')
  denied.set('a.test', finding)
  change(h)
  c.send(' still here')
  await c.until((text) => text.endsWith(' still here'))
  expect(h.commits).toHaveLength(1)
})

test('a policy that does not enforce leaves the tunnel open', async () => {
  const {h, o, denied} = await setUp({mode: 'audit'})
  const c = await tunnel(h, o, 'a.test')
  denied.set('a.test', {reason: 'domain_blocklist', layer: 'blocklist'})
  change(h)
  c.send(' still here')
  await c.until((text) => text.endsWith(' still here'))
  expect(h.commits).toHaveLength(1)
})
