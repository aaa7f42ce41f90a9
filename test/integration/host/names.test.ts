// Name look-ups over real datagrams: a name server that is silent for one name delays no other.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import {LOOK_UP_SHARE, type Resolve} from '../../../src/core/ports.js'
import {createShares, type Shares} from '../../../src/core/shares.js'
import {createNames} from '../../../src/host/names.js'
import {candidates, parseHosts, parseResolvConf, systemResolver} from '../../../src/host/system-resolver.js'
import {startDnsServer, type DnsServer, type Records} from '../../support/dns-server.js'

const NEVER = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'names-'))
const open: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
  rmSync(folder, {recursive: true, force: true})
})

/** One silent name per number. */
const silent = (count: number): Record<string, Records> =>
  Object.fromEntries(Array.from({length: count}, (_, i) => [`silent${i}.test`, 'silent']))

async function server(zone: Readonly<Record<string, Records>>): Promise<DnsServer> {
  const dns = await startDnsServer(zone)
  open.push(() => dns.close())
  return dns
}

const NOWHERE = {hostsFile: '/nonexistent', resolvConf: '/nonexistent'}

interface World {
  readonly resolve: Resolve
  readonly shares: Shares
  readonly clock: {ms: number}
}

/** The resolver with the firewall's limits around it; a client may wait for two names. */
function world(dns: DnsServer, lookUps = 8): World {
  const clock = {ms: 0, now: () => 0, monotonic: () => clock.ms}
  const shares = createShares(() => ({
    tunnels: 9,
    open_requests: 9,
    held_bytes: 9,
    descriptors: 9,
    look_ups: lookUps,
  }))
  const resolve = systemResolver({servers: [dns.address], ...NOWHERE})
  return {resolve: createNames({resolve, shares, clientOf: (address) => address, clock}), shares, clock}
}

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: NodeJS.ErrnoException) => error.code,
  )

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setImmediate(done))
}

test('resolver: addresses of both families, or of the only one', async () => {
  const dns = await server({
    'both.test': {A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8:0:0:0:0:0:1']},
    'six.test': {AAAA: ['2001:db8:0:0:0:0:0:2']},
    'none.test': {},
    'broken.test': 'failing',
  })
  const resolve = systemResolver({servers: [dns.address], ...NOWHERE})
  expect(await resolve('both.test', NEVER)).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
  expect(await resolve('six.test', NEVER)).toEqual(['2001:db8::2'])
  expect(await code(resolve('missing.test', NEVER))).toBe('ENOTFOUND')
  expect(await code(resolve('none.test', NEVER))).toBe('ENODATA')
  expect(await code(resolve('broken.test', NEVER))).toBe('ESERVFAIL')
})

test('resolver: a name without any response fails within the limit of the resolver', async () => {
  const dns = await server({'silent.test': 'silent'})
  const resolve = systemResolver({servers: [dns.address], ...NOWHERE, limitMs: 30})
  expect(await code(resolve('silent.test', NEVER))).toBe('ETIMEOUT')
})

test('resolver: the hosts file precedes any server, and is read again when it changes', async () => {
  const dns = await server({'listed.test': {A: ['192.0.2.9']}})
  const hostsFile = join(mkdtempSync(join(tmpdir(), 'hosts-')), 'hosts')
  writeFileSync(
    hostsFile,
    '127.0.0.1 localhost\n10.1.2.3 Listed.test other # comment\n10.1.2.4 listed.test\nnonsense x\n',
  )
  const resolve = systemResolver({servers: [dns.address], ...NOWHERE, hostsFile})
  expect(await resolve('listed.test', NEVER)).toEqual(['10.1.2.3', '10.1.2.4'])
  expect(dns.queries).toEqual([])
  rmSync(hostsFile)
  expect(await resolve('listed.test', NEVER)).toEqual(['192.0.2.9'])
})

test('resolver: a name with few dots is tried in the search domains first', async () => {
  const dns = await server({'api.cluster.test': {A: ['10.0.0.7']}, 'www.far.test': {A: ['192.0.2.3']}})
  const resolvConf = join(mkdtempSync(join(tmpdir(), 'conf-')), 'resolv.conf')
  writeFileSync(resolvConf, 'nameserver 192.0.2.53\nsearch none.test cluster.test\noptions ndots:2 timeout:1\n')
  const resolve = systemResolver({servers: [dns.address], ...NOWHERE, resolvConf})
  expect(await resolve('api', NEVER)).toEqual(['10.0.0.7'])
  expect(await resolve('www.far.test', NEVER)).toEqual(['192.0.2.3'])
  expect(dns.queries.filter((question) => question.endsWith(' A'))).toEqual([
    'api.none.test A',
    'api.cluster.test A',
    'www.far.test A',
  ])
})

test.each([
  ['', {search: [], ndots: 1}],
  ['search a.test b.test.\n', {search: ['a.test', 'b.test'], ndots: 1}],
  ['search a.test\ndomain c.test\n# search x\noptions rotate ndots:99', {search: ['c.test'], ndots: 15}],
])('resolv.conf: %j', (text, expected) => {
  expect(parseResolvConf(text)).toEqual(expected)
})

test('search: the name itself comes first when it has enough dots, else last', () => {
  const conf = {search: ['a.test', 'b.test'], ndots: 2}
  expect(candidates('x.y', conf)).toEqual(['x.y.a.test', 'x.y.b.test', 'x.y'])
  expect(candidates('x.y.z', conf)).toEqual(['x.y.z', 'x.y.z.a.test', 'x.y.z.b.test'])
})

test('hosts file: invalid lines are ignored', () => {
  expect([...parseHosts('::1 ip6-localhost\n\n# a\n1.2.3 .4\nfe80::1%lo0 link\n10.0.0.1\n').keys()]).toEqual([
    'ip6-localhost',
    '.4',
    'link',
  ])
})

test('names: many that hang, of one client or of all, delay no other', async () => {
  const dns = await server({...silent(40), 'alive.test': {A: ['192.0.2.1']}})
  const {resolve, shares} = world(dns, 256)
  const stop = new AbortController()
  const hanging = Array.from({length: 40}, (_, i) => code(resolve(`silent${i}.test`, stop.signal, '192.0.2.50')))
  await until(() => dns.queries.length >= 80)
  expect(await resolve('alive.test', NEVER, '192.0.2.51')).toEqual(['192.0.2.1'])
  expect(shares.held('look_ups')).toBe(40)
  stop.abort()
  expect(new Set(await Promise.all(hanging))).toEqual(new Set(['ETIMEOUT']))
  expect([shares.held('look_ups'), shares.clients()]).toEqual([0, 0])
})

test('names: a client waits for at most its share of names, and a departing one frees its place', async () => {
  const dns = await server({...silent(3), 'alive.test': {A: ['192.0.2.1']}})
  const {resolve} = world(dns)
  const first = new AbortController()
  const second = new AbortController()
  const waiting = [code(resolve('silent0.test', first.signal, 'a')), code(resolve('silent1.test', second.signal, 'a'))]
  expect(await code(resolve('alive.test', NEVER, 'a'))).toBe(LOOK_UP_SHARE)
  expect(await resolve('alive.test', NEVER, 'b')).toEqual(['192.0.2.1'])
  first.abort()
  await waiting[0]
  expect(await resolve('alive.test', NEVER, 'a')).toEqual(['192.0.2.1'])
  second.abort()
  await waiting[1]
})

test('names: one query serves all waiting callers, and continues while one of them waits', async () => {
  const dns = await server({'slow.test': 'silent', 'alive.test': {A: ['192.0.2.1']}})
  const {resolve, shares} = world(dns)
  const all = await Promise.all(Array.from({length: 30}, () => resolve('alive.test', NEVER, 'a')))
  expect(all).toEqual(Array.from({length: 30}, () => ['192.0.2.1']))
  expect(dns.queries.filter((question) => question === 'alive.test A')).toHaveLength(1)
  const [one, other] = [new AbortController(), new AbortController()]
  const waiting = [code(resolve('slow.test', one.signal, 'a')), code(resolve('slow.test', other.signal, 'b'))]
  await until(() => dns.queries.includes('slow.test A'))
  expect(shares.held('look_ups')).toBe(2)
  one.abort()
  expect(await waiting[0]).toBe('ETIMEOUT')
  expect(shares.held('look_ups')).toBe(1)
  other.abort()
  await waiting[1]
  expect(shares.held('look_ups')).toBe(0)
})

test('names: a failure is kept for three seconds, a success for five', async () => {
  const dns = await server({'alive.test': {A: ['192.0.2.1']}})
  const {resolve, clock} = world(dns)
  const questions = (name: string): number => dns.queries.filter((question) => question === `${name} A`).length
  for (let i = 0; i < 3; i++) expect(await code(resolve('gone.test', NEVER, 'a'))).toBe('ENOTFOUND')
  expect(questions('gone.test')).toBe(1)
  clock.ms += 3_001
  await code(resolve('gone.test', NEVER, 'a'))
  expect(questions('gone.test')).toBe(2)
  for (let i = 0; i < 3; i++) expect(await resolve('alive.test', NEVER, `client ${i}`)).toEqual(['192.0.2.1'])
  expect(questions('alive.test')).toBe(1)
  clock.ms += 4_999
  await resolve('alive.test', NEVER, 'a')
  expect(questions('alive.test')).toBe(1)
  clock.ms += 1
  await resolve('alive.test', NEVER, 'a')
  expect(questions('alive.test')).toBe(2)
})
