// The mediation envelope on every transport: what leaves is attested and signed as it is sent, what a client forged does not
// leave, and where envelopes of clients are required nothing passes without one, or with one that was used before.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'vitest'
import {privateKeyFileText} from '../../src/formats/keys/key-file.js'
import {privateKeyFromSeed} from '../../src/lib/ed25519.js'
import {fieldValue, readSignatures, verifySignature, type Fields} from '../../src/lib/http-signature.js'
import {isBodyOf} from '../../src/plugins/mediation/verify.js'
import {peerFields} from '../support/peer-envelopes.js'
import {expectBlock, expectNoVerdict, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import {authorityOf, perform, urlOf, type Action, type Adapter, type Outcome} from './transports.js'
import {GOOD, OTHER, type Config, type World} from './world.js'

const OURS = privateKeyFromSeed(Buffer.alloc(32, 3))
const PEER = privateKeyFromSeed(Buffer.alloc(32, 4))

const SIGNED = (folder: string): Config => {
  writeFileSync(join(folder, 'mediation'), privateKeyFileText(OURS), {mode: 0o600})
  return {mediation_envelope: {enabled: true, sign: true, signing_key_path: 'mediation', trust_domain: 'prod.example'}}
}
const REQUIRED: Config = {
  mediation_envelope: {
    verify_inbound: {enabled: true, trust_list: [{key_id: 'peer', public_key: PEER.public.hex}]},
  },
}

const worlds = worldsOf({
  signed: {config: SIGNED},
  'signed without scanning': {
    config: (folder) => ({...SIGNED(folder), request_body_scanning: {enabled: false}}),
  },
  required: {config: REQUIRED},
  noted: {config: {...REQUIRED, enforce: false}},
  plain: {},
})

const NOT_ATTESTED = {connect: 'the requests inside an opaque tunnel are not seen'} as const
const REFUSED: ExpectedBlock = {
  reason: 'envelope_verify_failed',
  layer: 'mediation_envelope',
  status: 403,
  severity: 'critical',
  retry: 'none',
}

/** The fields of the newest request of the origin, as pairs. */
function receivedFields(world: World): Fields {
  const {rawHeaders = []} = world.http.requests.at(-1) ?? {}
  return rawHeaders.flatMap((value, i) => (i % 2 === 0 ? [] : [[rawHeaders[i - 1] ?? '', value] as const]))
}

interface Attested {
  readonly method: string
  readonly uri: string
  readonly body?: Buffer
}

/** The request that the origin received is the one that was signed. */
function expectAttested(world: World, {method, uri, body}: Attested): string {
  const fields = receivedFields(world)
  const [own, ...others] = readSignatures(fields)
  expect([own?.label, others]).toEqual(['pipelock1', []])
  const message = {method, targetUri: uri, authority: new URL(uri).host, fields}
  expect(own && verifySignature(message, own, OURS.public)).toBe(true)
  const covered = ['@method', '@target-uri', 'pipelock-mediation']
  expect(own?.components.map(({name}) => name)).toEqual(body ? [...covered, 'content-digest'] : covered)
  if (body) expect(isBodyOf(fieldValue(fields, 'content-digest') ?? '', body)).toBe(true)
  return fieldValue(fields, 'pipelock-mediation') ?? ''
}

/** The fields of a peer's envelope for a request. */
const envelopeOf = (method: string, uri: string) => peerFields(PEER, Date.UTC(2026, 4, 1, 12), {method, uri})

/** The URI under which a client names a request to this listener. */
function namedUri(t: Adapter, world: World, action: Action): string {
  if (t.name === 'connect') return `http://${authorityOf(action, world.tls.port)}`
  if (t.name !== 'fetch') return urlOf(t, world, action)
  return `http://127.0.0.1:${world.port}/fetch?url=${encodeURIComponent(urlOf(t, world, action))}`
}

/** With an envelope on the request, and on the CONNECT before it. */
async function performWith(t: Adapter, world: World, headers: Action['headers'] = []): Promise<Outcome> {
  const action = {host: GOOD}
  const isTunnel = t.name === 'tunnelled' || t.name.startsWith('intercepted')
  const authority = authorityOf(action, t.port(world))
  const connect = {...action, headers: isTunnel ? envelopeOf('CONNECT', `http://${authority}`) : []}
  const channel = await t.open(world, connect)
  try {
    return await channel.send({...action, headers})
  } finally {
    channel.close()
  }
}

matrix('mediation envelope', [
  {
    name: 'a request reaches the origin with an envelope and a signature over what it is',
    exempt: NOT_ATTESTED,
    async holds(t) {
      const world = await worlds.get('signed')
      const action = {host: GOOD, path: '/page?a=b%20c'}
      const {result, receipts} = await watch(world, () => perform(t, world, action))
      expectNoVerdict(result)
      const envelope = expectAttested(world, {method: 'GET', uri: urlOf(t, world, action)})
      const act = t.name === 'websocket' ? 'act="delegate"' : 'act="read"'
      expect(envelope).toContain(`v=1, ${act}, vd="allow"`)
      expect(envelope).toContain('actor="spiffe://prod.example/agent/anonymous", aa="self-declared"')
      expect(envelope).toContain(`rid="${receipts.at(-1)?.action_id}"`)
      const policy = world.firewall.policy().policyHash.slice(0, 32)
      expect(envelope).toContain(`ph=:${Buffer.from(policy, 'hex').toString('base64')}:`)
    },
  },
  ...(['signed', 'signed without scanning'] as const).map((name) => ({
    name: `${name}: the signature covers the body that is sent`,
    exempt: {
      ...NOT_ATTESTED,
      fetch: 'it only ever asks with GET',
      websocket: 'a handshake is a GET without a body',
    },
    async holds(t: Adapter) {
      const world = await worlds.get(name)
      const body = Buffer.from('{"a":"b"}')
      const content = {fields: [['Content-Type', 'application/json'] as const], bytes: body}
      const action = {host: GOOD, method: 'POST', content}
      expectNoVerdict(await perform(t, world, action))
      const envelope = expectAttested(world, {method: 'POST', uri: urlOf(t, world, action), body})
      expect(envelope).toContain('act="write", vd="allow", se="external_write"')
      expect(world.http.requests.at(-1)?.body.toString()).toBe('{"a":"b"}')
    },
  })),
  {
    name: 'an envelope and signatures under our names that a client forged do not leave, those of others do',
    exempt: {...NOT_ATTESTED, fetch: 'it sends no headers of its caller'},
    async holds(t) {
      const world = await worlds.get('plain')
      const forged = [
        ['Pipelock-Mediation', 'v=1, act="read"'],
        ['Signature-Input', 'sig1=("@method");keyid="k,1", pipelock1=("@method"), pipelockx=("@path")'],
        ['Signature', 'pipelock1=:AAAA:, sig1=:AAAA:'],
      ] as const
      const channel = await t.open(world, {host: GOOD})
      const result = await channel.send({host: GOOD, headers: forged})
      channel.close()
      expectNoVerdict(result)
      const fields = receivedFields(world)
      expect(fieldValue(fields, 'pipelock-mediation')).toBeUndefined()
      expect(fieldValue(fields, 'signature-input')).toBe('sig1=("@method");keyid="k,1"')
      expect(fieldValue(fields, 'signature')).toBe('sig1=:AAAA:')
    },
  },
  {
    name: 'without an envelope, or with one that was used before, nothing passes where they are required',
    async holds(t) {
      const world = await worlds.get('required')
      const good = envelopeOf(t.name === 'connect' ? 'CONNECT' : 'GET', namedUri(t, world, {host: GOOD}))
      const first = await performWith(t, world, good)
      expectNoVerdict(first)
      expect(first.content).toContain('origin says')
      for (const [headers, pattern] of [
        [undefined, 'inbound_verify_missing'],
        [good, 'inbound_verify_replay'],
        [envelopeOf('DELETE', namedUri(t, world, {host: GOOD})), 'inbound_verify_signature'],
        [envelopeOf('GET', namedUri(t, world, {host: OTHER})), 'inbound_verify_signature'],
      ] as const) {
        const {result, receipts, reached} = await watch(world, () => performWith(t, world, headers))
        expectBlock(result, REFUSED)
        expect(result.body).toContain('inbound mediation envelope verification failed')
        expect(result.body).not.toMatch(/missing|replay|signature/)
        expect([reached, receipts.at(-1)?.pattern]).toEqual([0, pattern])
      }
    },
  },
  {
    name: 'where nothing is enforced a missing envelope is recorded',
    async holds(t) {
      const world = await worlds.get('noted')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD}))
      expectNoVerdict(result)
      expect(receipts.at(-1)).toMatchObject({verdict: 'warn', layer: 'mediation_envelope'})
    },
  },
])
worlds.examined()
