// How exchanges pass on every transport: only checked addresses are dialled and never our own listener, fields are
// filtered in both directions, failures are not verdicts, and an exchange keeps its policy over a reload.
import {createServer} from 'node:net'
import type {AddressInfo} from 'node:net'
import {expect} from 'vitest'
import {expectBlock, expectNoVerdict, expectReceipts, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import {authorityOf, isIntercepted, ONE_HOST, perform} from './transports.js'
import {GOOD, OTHER, type Config} from './world.js'

const FAST = {webSocketHandshakeMs: 60, headMs: 40, tunnelHeadMs: 40, checkIntervalMs: 10, upstreamHeadMs: 60}
const NAMES = {
  'within.good.example': ['127.0.0.1'],
  'within.example': ['127.0.0.1'],
  'two.good.example': ['127.0.0.9', '127.0.0.1'],
}

const worlds = worldsOf({
  usual: {names: NAMES, config: {ssrf: {ip_allowlist: ['127.0.0.1/32']}}},
  // an internal literal and an internal name, both without an exemption
  guarded: {names: NAMES},
  hurried: {limits: FAST, config: {fetch_proxy: {timeout_seconds: 0.06}}},
  small: {config: {fetch_proxy: {max_response_mb: 1}}},
  off: {config: {forward_proxy: {enabled: false}}},
})

const PRIVATE: ExpectedBlock = {
  reason: 'ssrf_private_ip',
  layer: 'ssrf',
  status: 403,
  severity: 'critical',
  retry: 'none',
}
const OPAQUE = {connect: 'what is said inside an opaque tunnel cannot be seen'} as const
const BLOCKED: Config = {fetch_proxy: {monitoring: {blocklist: ['*.good.example']}}}

/** A port without a listener. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const {port} = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

matrix('passage', [
  {
    name: 'our own listener is never dialled, by no name and no literal, whatever the trust settings',
    exempt: {reverse: 'one host; test/integration/transports/reverse.test.ts has a service that is our own listener'},
    async holds(t) {
      const world = await worlds.get('usual')
      for (const host of [GOOD, '127.0.0.1', 'localhost', 'within.good.example']) {
        const action = {host, port: world.port}
        const {result, receipts, dialled} = await watch(world, () => perform(t, world, action))
        expectBlock(result, PRIVATE)
        expect(dialled).toEqual([])
        expectReceipts(receipts, result, 'block', 'ssrf')
      }
    },
  },
  {
    name: 'an override is dialled without a DNS query',
    async holds(t) {
      const world = await worlds.get('guarded')
      const {result, dialled, resolved} = await watch(world, () => perform(t, world, {host: OTHER}))
      expect(result.content).toContain('origin says')
      expect(resolved).toEqual([])
      for (const address of dialled) expect(address).toBe(`127.0.0.1 ${t.port(world)}`)
    },
  },
  {
    name: 'a trusted name may resolve to an internal address, another one may not',
    exempt: ONE_HOST,
    async holds(t) {
      const world = await worlds.get('guarded')
      expect((await perform(t, world, {host: 'within.good.example'})).content).toContain('origin says')
      expectBlock(await perform(t, world, {host: 'within.example'}), PRIVATE)
      expectBlock(await perform(t, world, {host: '127.0.0.1'}), PRIVATE)
    },
  },
  {
    name: 'an allowlisted address may be reached by literal and by name',
    async holds(t) {
      const world = await worlds.get('usual')
      for (const host of ['127.0.0.1', '0x7f.1', 'within.example']) {
        expect((await perform(t, world, {host})).content, host).toContain('origin says')
      }
    },
  },
  {
    name: 'all checked addresses are tried, and the name is resolved at most once',
    async holds(t) {
      const world = await worlds.get('guarded')
      const {result, dialled, resolved} = await watch(world, () => perform(t, world, {host: 'two.good.example'}))
      expect(result.content).toContain('origin says')
      const checked = ['127.0.0.9', '127.0.0.1'].map((address) => `${address} ${t.port(world)}`)
      // a connection that another transport left in the pool goes to one of them
      expect(checked).toEqual(expect.arrayContaining([...new Set(dialled)]))
      expect(world.dialled).toEqual(expect.arrayContaining(checked))
      expect(resolved.length).toBeLessThanOrEqual(1)
    },
  },
  {
    name: 'an unreachable origin is a failure, not a verdict',
    exempt: {reverse: 'one host; test/integration/transports/reverse.test.ts stops it'},
    async holds(t) {
      const world = await worlds.get('usual')
      const action = {host: GOOD, port: await closedPort()}
      if (t.name === 'tunnelled') {
        // without the origin there is no tunnel either
        expect((await t.open(world, action)).refused?.status).toBe(502)
        return
      }
      const {result, receipts} = await watch(world, () => perform(t, world, action))
      expect(result.status).toBe(502)
      expectNoVerdict(result)
      expect(result.body).not.toContain('127.0.0.1')
      expectReceipts(receipts, result, 'allow', undefined)
    },
  },
  {
    name: 'an origin that does not respond in time is a failure, not a verdict',
    exempt: {connect: 'nobody waits for an answer inside an opaque tunnel'},
    async holds(t) {
      const world = await worlds.get('hurried')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD, path: '/slow'}))
      world.release()
      expect(result.status).toBe(t.name === 'fetch' || t.name === 'websocket' ? 502 : 504)
      expectNoVerdict(result)
      expectReceipts(receipts, result, 'allow', undefined)
    },
  },
  {
    name: 'a client that does not finish its head times out, without a verdict',
    exempt: {'intercepted-h2': 'half a frame has no response: the connection has the limit of an idle one'},
    async holds(t) {
      const world = await worlds.get('hurried')
      const action = {host: GOOD}
      const channel = await t.open(world, action)
      const {result, receipts} = await watch(world, () => channel.sendHalf(action))
      expect(result.status).toBe(408)
      expectNoVerdict(result)
      expect(receipts).toEqual([])
      channel.close()
    },
  },
  {
    name: 'hop-by-hop fields, our own fields and topology do not reach the origin',
    exempt: {
      connect: 'the fields of a CONNECT go nowhere, and those inside the tunnel are opaque',
      'intercepted-h2':
        'fields of a connection are malformed in HTTP/2: test/integration/transports/http2-smuggling.test.ts',
    },
    async holds(t) {
      const world = await worlds.get('usual')
      const headers = [
        ['Connection', 'X-Hop'],
        ['X-Hop', '1'],
        ['Keep-Alive', 'timeout=9'],
        ['Proxy-Connection', 'keep-alive'],
        ['Proxy-Authorization', 'Basic eDp5'],
        ['TE', 'trailers'],
        ['Trailer', 'X-T'],
        ['Upgrade', 'h2c'],
        ['X-Pipelock-Agent', 'me'],
        ['X-Pipelock-Hint', 'x'],
        ['Pipelock-Mediation', 'x'],
        ['X-Forwarded-For', '10.0.0.1'],
        ['Forwarded', 'for=10.0.0.1'],
        ['X-Real-IP', '10.0.0.1'],
        ['Via', '1.1 x'],
        ['X-End', 'kept'],
      ] as const
      // inside a tunnel the CONNECT has none of them, so the request is inspected
      const channel = await t.open(world, {host: GOOD})
      const result = await channel.send({host: GOOD, headers})
      channel.close()
      expect(result.content).toContain('origin says')
      const raw = world.http.requests.at(-1)?.rawHeaders ?? []
      const names = raw.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
      const dropped = headers.slice(0, -1).map(([name]) => name.toLowerCase())
      const present = dropped.filter((name) => names.includes(name))
      // the pool states the persistence of its own connection
      expect(present.filter((name) => name !== 'connection')).toEqual([])
      expect(raw[raw.findIndex((name) => name.toLowerCase() === 'connection') + 1] ?? '').not.toContain('X-Hop')
      expect(names.includes('x-end')).toBe(t.name !== 'fetch')
    },
  },
  {
    name: 'an origin can forge neither a verdict nor a hop-by-hop field',
    exempt: OPAQUE,
    async holds(t) {
      const world = await worlds.get('usual')
      const result = await perform(t, world, {host: GOOD, path: '/forged'})
      expect(result.content).toContain('origin says')
      expectNoVerdict(result)
      for (const name of ['x-hop', 'proxy-authenticate']) expect(result.fields.has(name)).toBe(false)
      expect(result.fields.get('keep-alive')).not.toBe('timeout=9')
      // of a handshake no field of the origin is handed on
      expect(result.fields.get('x-end')).toBe(t.name === 'fetch' || t.name === 'websocket' ? undefined : '2')
    },
  },
  {
    name: 'an exchange in flight ends under its first policy; the next one has the new policy',
    holds: (t) =>
      worlds.fresh('guarded', async (world) => {
        const action = {host: GOOD, path: '/slow'}
        const old = world.firewall.policy()
        const channel = await t.open(world, action)
        const sent = channel.send(action)
        await world.held()
        await world.reconfigure({fetch_proxy: {monitoring: {blocklist: [OTHER]}}})
        const {configHash} = world.firewall.policy()
        expect(configHash).not.toBe(old.configHash)
        world.release()
        expect((await sent).content).toContain('origin says')
        for (const {policy_hash} of world.receipts()) expect(policy_hash).toBe(old.configHash)
        // the tunnel stays, but requests inside are judged by the new policy
        if (t.name === 'tunnelled' || isIntercepted(t.name)) {
          expect((await channel.send({host: GOOD})).content).toContain('origin says')
          expect(world.receipts().at(-1)?.policy_hash).toBe(configHash)
        }
        channel.close()
        if (t.name === 'reverse') return
        expect((await perform(t, world, {host: OTHER})).fields.get('x-pipelock-block-reason')).toBe('domain_blocklist')
        expect(world.receipts().at(-1)?.policy_hash).toBe(configHash)
      }),
  },
  {
    name: 'a policy that denies the host of an open tunnel ends it, with a receipt',
    exempt: {
      forward: 'it has no tunnels',
      fetch: 'it has no tunnels',
      reverse: 'it has no tunnels',
      websocket: 'this one waits for its handshake: test/integration ends one that is open',
    },
    holds: (t) =>
      worlds.fresh('guarded', async (world) => {
        const action = {host: GOOD, path: '/slow'}
        const channel = await t.open(world, action)
        const sent = channel.send(action).catch(() => undefined)
        await world.held()
        await world.reconfigure(BLOCKED)
        expect((await sent)?.content ?? '').toBe('')
        expect(world.receipts().at(-1)).toMatchObject({
          verdict: 'block',
          transport: 'connect',
          layer: 'blocklist',
          action_id: world.receipts()[0]?.action_id,
          policy_hash: world.firewall.policy().configHash,
        })
        channel.close()
      }),
  },
  {
    name: 'a redirect is judged by the policy of its request, even after a reload',
    exempt: {...OPAQUE, websocket: 'a handshake follows no redirect and hands none back'},
    holds: (t) =>
      worlds.fresh('guarded', async (world) => {
        const to = `http://${authorityOf({host: OTHER}, world.http.port)}/page`
        const channel = await t.open(world, {host: GOOD})
        const sent = channel.send({host: GOOD, path: `/slow?to=${encodeURIComponent(to)}`})
        await world.held()
        await world.reconfigure({fetch_proxy: {monitoring: {blocklist: [OTHER]}}})
        world.release()
        const result = await sent
        channel.close()
        expectNoVerdict(result)
        if (t.name === 'fetch') expect(result.content).toContain('origin says GET /page')
        else expect([result.status, result.fields.get('location')]).toEqual([302, to])
        expect(new Set(world.receipts().map((r) => r.policy_hash)).size).toBe(1)
      }),
  },
  {
    name: 'a disabled surface refuses',
    exempt: {
      fetch: 'it is always on',
      reverse: 'without it there is no listener',
      tunnelled: 'without CONNECT there are no tunnels',
    },
    async holds(t) {
      const world = await worlds.get('off')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD}))
      expectBlock(result, {reason: 'not_enabled', layer: undefined, status: 405, severity: 'info', retry: 'policy'})
      expect(result.fields.get('allow')).toBe('GET, HEAD')
      expectReceipts(receipts, result, 'block', undefined)
    },
  },
  {
    name: 'the size limit of /fetch applies there and nowhere else',
    exempt: {connect: 'an opaque tunnel has no answers'},
    async holds(t) {
      const world = await worlds.get('small')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD, path: '/large'}))
      if (t.name !== 'fetch') {
        expectNoVerdict(result)
        expect(result.content.length).toBeGreaterThan(2_000_000)
        return
      }
      expectBlock(result, {
        reason: 'response_size',
        layer: 'response_size',
        status: 502,
        severity: 'warn',
        retry: 'policy',
      })
      expect(receipts.map((r) => r.verdict)).toEqual(['allow', 'block'])
      expect(receipts[1]?.action_id).toBe(receipts[0]?.action_id)
    },
  },
])
worlds.examined()
