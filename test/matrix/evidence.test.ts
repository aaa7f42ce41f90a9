// Evidence on every transport: required receipts are on disk before any byte moves, a recorder that cannot write
// blocks, and the agent's name reaches receipts and captures.
import {renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'vitest'
import {upper} from '../support/credentials.js'
import {expectBlock, expectReceipts, matrix, watch, worldsOf, type ExpectedBlock, type Guarantee} from './matrix.js'
import {perform, type Action, type Adapter} from './transports.js'
import {GOOD, type Capture, type World} from './world.js'

const BLOCKLIST = {monitoring: {blocklist: ['other.good.example']}} as const
const identity = {default_agent_identity: 'deployment/house'} as const

const worlds = worldsOf({
  required: {config: {fetch_proxy: BLOCKLIST}},
  optional: {config: {fetch_proxy: BLOCKLIST, flight_recorder: {require_receipts: false}}},
  nameless: {},
  // otherwise a credential in a header is refused
  unsearched: {config: {request_body_scanning: {enabled: false}}},
  named: {config: identity},
  bound: {config: {...identity, bind_default_agent_identity: true}},
})

const KEY = ['AK', 'IA', upper(16)].join('')

const refusedOn = ({name}: Adapter): Action =>
  name === 'reverse' ? {host: GOOD, path: `/?k=${KEY}`} : {host: 'other.good.example'}

const UNWRITTEN: ExpectedBlock = {
  reason: 'receipt_emission_failed',
  layer: 'receipts',
  status: 503,
  severity: 'critical',
  retry: 'transient',
}

/** Root may write anywhere, so the directory itself is taken away and a file put in its place. */
function breakRecorder(world: World): () => void {
  const directory = join(world.folder, 'evidence')
  renameSync(directory, `${directory}.away`)
  writeFileSync(directory, '')
  return () => {
    rmSync(directory)
    renameSync(`${directory}.away`, directory)
  }
}

/** Agent by receipts, and by captures once everything is written. */
async function recordedNames(t: Adapter, world: World, headers: readonly (readonly [string, string])[]) {
  const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD, headers}))
  expect(result.content).toContain('origin says')
  expectReceipts(receipts, result, 'allow', undefined)
  await world.stop()
  const captures = world.captures()
  expect(captures).toHaveLength(receipts.length)
  for (const {session, agent} of captures) expect(session.startsWith(`${agent}|127.0.0.1|`)).toBe(true)
  return [...new Set([...receipts.map(({actor}) => actor), ...captures.map(({agent}) => agent)])]
}

const CLAIM = [['X-Pipelock-Agent', 'builder/7']] as const

function identityRow(
  name: string,
  setting: 'nameless' | 'unsearched' | 'named' | 'bound',
  headers: readonly (readonly [string, string])[],
  expected: string,
): Guarantee {
  return {
    name,
    holds: (t) =>
      worlds.fresh(setting, async (world) => expect(await recordedNames(t, world, headers)).toEqual([expected])),
  }
}

matrix('evidence', [
  {
    name: 'no byte moves without its receipt where receipts are required',
    holds: (t) =>
      worlds.fresh('required', async (world) => {
        const action = {host: GOOD}
        const channel = await t.open(world, action)
        const restore = breakRecorder(world)
        const before = {seen: world.http.requests.length, dialled: world.dialled.length}
        const result = await channel.send(action)
        expectBlock(result, UNWRITTEN)
        expect(world.http.requests.length).toBe(before.seen)
        expect(world.dialled.length).toBe(before.dialled)
        channel.close()
        expect(world.firewall.services().recorder.status().degraded).toBeDefined()
        restore()
      }),
  },
  {
    name: 'a block keeps its own reason when its receipt cannot be written',
    holds: (t) =>
      worlds.fresh('required', async (world) => {
        const restore = breakRecorder(world)
        const result = await perform(t, world, refusedOn(t))
        const reason = t.name === 'reverse' ? 'dlp_match' : 'domain_blocklist'
        expect([result.status, result.fields.get('x-pipelock-block-reason')]).toEqual([403, reason])
        restore()
      }),
  },
  {
    name: 'where receipts are not required a recorder that cannot write is reported, and traffic continues',
    holds: (t) =>
      worlds.fresh('optional', async (world) => {
        const restore = breakRecorder(world)
        expect((await perform(t, world, {host: GOOD})).content).toContain('origin says')
        const {recorder} = world.firewall.services()
        while (recorder.status().degraded === undefined) await new Promise((done) => setImmediate(done))
        expect(recorder.status().failures).toBeGreaterThan(0)
        restore()
      }),
  },
  {
    name: 'the receipt is in the file before the response arrives',
    async holds(t) {
      const world = await worlds.get('required')
      const channel = await t.open(world, {host: GOOD})
      const before = world.receipts().length
      const sent = channel.send({host: GOOD, path: '/slow'})
      // an opaque tunnel answers with its 200, everything else when the origin does
      await world.held()
      const [receipt, ...more] = world.receipts().slice(before)
      expect([receipt?.verdict, more]).toEqual(['allow', []])
      world.release()
      expect((await sent).content).toContain('origin says')
      channel.close()
    },
  },
  {
    name: 'a capture says how the origin answered, and of a block nothing',
    holds: (t) =>
      worlds.fresh('required', async (world) => {
        await perform(t, world, {host: GOOD})
        await perform(t, world, {host: GOOD, path: '/missing'})
        await perform(t, world, refusedOn(t))
        await world.stop()
        const captures = world.captures()
        const classesOf = (isMeant: (capture: Capture) => boolean): readonly unknown[] => [
          ...new Set(captures.filter(isMeant).map(({answered}) => answered)),
        ]
        expect(
          classesOf(({url, outcome}) => url.includes(GOOD) && outcome === 'clean' && !url.endsWith('/missing')),
        ).toEqual([t.name === 'websocket' ? '1xx' : '2xx'])
        // what stands inside of a tunnel nobody sees
        const missing = t.name === 'connect' ? [] : [t.name === 'websocket' ? '5xx' : '4xx']
        expect(classesOf(({url}) => url.endsWith('/missing'))).toEqual(missing)
        expect(captures.filter(({outcome}) => outcome === 'blocked')).toMatchObject([{answered: undefined}])
      }),
  },
  identityRow('a client without a name is anonymous', 'nameless', [], 'anonymous'),
  identityRow('a name that the client claims is taken, cleaned', 'nameless', CLAIM, 'builder_7'),
  identityRow(
    'two names are none',
    'nameless',
    [
      ['X-Pipelock-Agent', 'one'],
      ['X-Pipelock-Agent', 'two'],
    ],
    'anonymous',
  ),
  identityRow(
    'a name that holds a credential is shown nowhere',
    'unsearched',
    [['X-Pipelock-Agent', `AKIA${'Q7'.repeat(8)}`]],
    '[redacted-agent]',
  ),
  identityRow('the configured name stands for a client without one', 'named', [], 'deployment_house'),
  identityRow('a claim goes before the configured name', 'named', CLAIM, 'builder_7'),
  identityRow('a bound name holds whatever the client claims', 'bound', CLAIM, 'deployment_house'),
])
worlds.examined()
