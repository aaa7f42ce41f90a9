// What a client's envelope must be: every mutation of a valid one fails in its class, and in no other way.
import {describe, expect, test} from 'vitest'
import type {ReceivedRequest} from '../../../../src/core/exchange.js'
import {privateKeyFromSeed, sign} from '../../../../src/lib/ed25519.js'
import {signatureBase} from '../../../../src/lib/http-signature.js'
import {createVerifier, isBodyOf, refusal, type Verification} from '../../../../src/plugins/mediation/verify.js'
import {CREATED, KEY, POST, signedFields} from './envelopes.js'

const OTHER_KEY = privateKeyFromSeed(Buffer.alloc(32, 7))

interface Setting {
  readonly nowSeconds?: number
  readonly domains?: readonly string[]
  readonly format?: 'spiffe' | 'legacy'
  readonly taken?: 'taken' | 'replay' | 'replay_capacity'
}

function verified(
  headers: ReceivedRequest['headers'],
  {uri = POST.uri, method = 'POST'}: {readonly uri?: string; readonly method?: string} = {},
  {nowSeconds = CREATED, domains = [], format = 'spiffe', taken = 'taken'}: Setting = {},
): Verification {
  const verify = createVerifier({
    peers: new Map([['pipelock-mediation-v1', {key: KEY.public, trustDomains: new Set(domains)}]]),
    actorFormat: format,
    skewSeconds: 60,
    windowSeconds: 300,
    replays: {take: () => taken, size: 0, problem: () => undefined, close: () => undefined},
    now: () => nowSeconds * 1000,
    decoy: OTHER_KEY.public,
  })
  return verify(method, {uri, headers})
}

const BODY: readonly (readonly [string, string])[] = [['Content-Length', '17']]
const signed = (request = {}, parts = {}) => [...BODY, ...signedFields(request, parts)]
const changed = (name: string, change: (value: string) => string) =>
  signed().map(([each, value]) => [each, each === name ? change(value) : value] as const)
const without = (name: string) => signed().filter(([each]) => each !== name)

/** Signed by the peer over other parameters than ours. */
function resigned(change: (input: string) => string, key = KEY): ReceivedRequest['headers'] {
  const headers = signed()
  const input = change((Object.fromEntries(headers)['Signature-Input'] ?? '').slice('pipelock1='.length))
  const names = [...(/^\(([^)]*)\)/.exec(input)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  const message = {method: 'POST', targetUri: POST.uri, authority: POST.authority, fields: headers}
  let signature: Buffer = Buffer.alloc(64)
  try {
    const base = signatureBase(
      message,
      names.map((name) => ({name})),
      input,
    )
    signature = sign(key, Buffer.from(base, 'ascii'))
  } catch {
    // no signature can cover these parts: the class is that of the parts
  }
  return headers.map(([name, value]) =>
    name === 'Signature-Input'
      ? [name, `pipelock1=${input}`]
      : name === 'Signature'
        ? [name, `pipelock1=:${signature.toString('base64')}:`]
        : [name, value],
  )
}

test('the published example passes, and its body is the one of its digest', () => {
  const result = verified(signed())
  expect(result).toEqual({bodyDigest: 'sha-256=:k6I5cakU5erL8KjSUVTNownDwccvu5kU1Hxg88toFYg=:'})
  const digest = typeof result === 'string' ? '' : (result.bodyDigest ?? '')
  expect(isBodyOf(digest, Buffer.from('{"hello":"world"}'))).toBe(true)
  for (const bytes of ['{"hello":"world"} ', '', '{"hello":"World"}']) {
    expect(isBodyOf(digest, Buffer.from(bytes))).toBe(false)
  }
})

test('a digest is one SHA-256, in one spelling', () => {
  const bytes = Buffer.from('{"hello":"world"}')
  for (const field of [
    'sha-512=:AAAA:',
    'sha-256=:k6I5cakU5erL8KjSUVTNownDwccvu5kU1Hxg88toFYg=:, sha-512=:AAAA:',
    'sha-256=:k6I5cakU5erL8KjSUVTNownDwccvu5kU1Hxg88toFYg=:;a=1',
    'sha-256="k6I5cakU5erL8KjSUVTNownDwccvu5kU1Hxg88toFYg="',
    '',
  ])
    expect([field, isBodyOf(field, bytes)]).toEqual([field, false])
})

describe('a mutation fails in its class', () => {
  test.each<[string, ReceivedRequest['headers'], {uri?: string; method?: string}, string]>([
    ['no envelope', without('Pipelock-Mediation'), {}, 'missing'],
    ['no signature', without('Signature'), {}, 'missing'],
    ['no input', without('Signature-Input'), {}, 'missing'],
    ['another method', signed(), {method: 'PUT'}, 'signature'],
    ['another URL', signed(), {uri: `${POST.uri}&x=1`}, 'signature'],
    ['another host', signed(), {uri: POST.uri.replace('api', 'app')}, 'signature'],
    ['another verdict', changed('Pipelock-Mediation', (v) => v.replace('"allow"', '"warn"')), {}, 'signature'],
    ['another actor', changed('Pipelock-Mediation', (v) => v.replace('claude', 'other')), {}, 'signature'],
    ['another digest', changed('Content-Digest', () => 'sha-256=:AAAA:'), {}, 'signature'],
    ['no digest', without('Content-Digest'), {}, 'signature'],
    ['version 2', changed('Pipelock-Mediation', (v) => v.replace('v=1', 'v=2')), {}, 'parse'],
    ['no id', changed('Pipelock-Mediation', (v) => v.replace(/rid="[^"]*", /, '')), {}, 'parse'],
    ['an unknown basis', changed('Pipelock-Mediation', (v) => v.replace('aa="bound"', 'aa="sure"')), {}, 'parse'],
    ['a negative hop', changed('Pipelock-Mediation', (v) => `${v}, hop=-1`), {}, 'parse'],
    ['no dictionary', changed('Pipelock-Mediation', () => '{"v":1}'), {}, 'parse'],
    ['a bare actor', changed('Pipelock-Mediation', (v) => v.replace(/actor="[^"]*"/, 'actor="claude"')), {}, 'parse'],
    [
      'an actor with a port',
      changed('Pipelock-Mediation', (v) => v.replace('prod.example', 'prod.example:1')),
      {},
      'parse',
    ],
    ['an actor with dots', changed('Pipelock-Mediation', (v) => v.replace('/agent/', '/../agent/')), {}, 'parse'],
    ['63 bytes', changed('Signature', () => `pipelock1=:${Buffer.alloc(63).toString('base64')}:`), {}, 'parse'],
    ['another tag', resigned((input) => input.replace('tag="pipelock-mediation"', 'tag="x"')), {}, 'parse'],
    [
      'two signatures of firewalls',
      [
        ...signed(),
        ['Signature-Input', 'pipelock2=("@method");tag="pipelock-mediation"'],
        ['Signature', `pipelock2=:${Buffer.alloc(64).toString('base64')}:`],
      ],
      {},
      'parse',
    ],
    ['another algorithm', resigned((input) => input.replace('ed25519', 'hmac-sha256')), {}, 'signature'],
    ['another key', resigned((input) => input, OTHER_KEY), {}, 'signature'],
    ['an unknown key id', resigned((input) => input.replace('-v1"', '-v2"')), {}, 'not_trusted'],
    ['no nonce', resigned((input) => input.replace(/;nonce="[^"]*"/, '')), {}, 'expired'],
    ['a long nonce', resigned((input) => input.replace(/nonce="[^"]*"/, `nonce="${'a'.repeat(257)}"`)), {}, 'replay'],
    ['no end', resigned((input) => input.replace(/;expires=\d+/, '')), {}, 'expired'],
    ['a long lifetime', resigned((input) => input.replace(/expires=\d+/, `expires=${CREATED + 361}`)), {}, 'expired'],
    ['no lifetime', resigned((input) => input.replace(/expires=\d+/, `expires=${CREATED}`)), {}, 'expired'],
    ['no method', resigned((input) => input.replace('"@method" ', '')), {}, 'components'],
    ['no envelope covered', resigned((input) => input.replace(' "pipelock-mediation"', '')), {}, 'components'],
    ['no target', resigned((input) => input.replace(' "@target-uri"', '')), {}, 'components'],
    ['nothing covered', resigned((input) => input.replace(/^\([^)]*\)/, '()')), {}, 'components'],
    ['an unknown part', resigned((input) => input.replace('"@method"', '"@method" "@scheme"')), {}, 'components'],
    ['a part twice', resigned((input) => input.replace('"@method"', '"@method" "@method"')), {}, 'components'],
    ['a parameter of a part', resigned((input) => input.replace('"@method"', '"@method";req')), {}, 'components'],
    [
      'an unknown parameter of a part',
      resigned((input) => input.replace('"@method"', '"@method";sf')),
      {},
      'components',
    ],
    ['a body that is not covered', resigned((input) => input.replace(' "content-digest"', '')), {}, 'digest'],
  ])('%s', (_name, headers, request, expected) => {
    expect(verified(headers, request)).toBe(expected)
  })

  test.each<[number, string | undefined]>([
    [CREATED - 60, undefined],
    [CREATED - 61, 'expired'],
    [CREATED + 300 + 59, undefined],
    [CREATED + 300 + 60, 'expired'],
  ])('at %i s: %s', (nowSeconds, expected) => {
    const result = verified(signed(), {}, {nowSeconds})
    expect(typeof result === 'string' ? result : undefined).toBe(expected)
  })

  test('a peer speaks for its trust domains alone', () => {
    expect(verified(signed(), {}, {domains: ['other.example']})).toBe('not_trusted')
    expect(typeof verified(signed(), {}, {domains: ['prod.example']})).toBe('object')
  })

  test.each(['replay', 'replay_capacity'] as const)('a signature that the cache refuses: %s', (taken) => {
    expect(verified(signed(), {}, {taken})).toBe(taken)
  })

  test('without a body a digest is that of nothing', () => {
    const empty = signedFields({body: 'none'})
    expect(verified(empty)).toEqual({bodyDigest: undefined})
    expect(verified(signedFields())).toBe('digest')
  })
})

test('signatures of others, also such as are not known here, are no concern', () => {
  const headers: ReceivedRequest['headers'] = [
    ['Signature-Input', 'sig1=("x";sf "@query-param";name="a");created=1;unknown=?1'],
    ['Signature', 'sig1=:AAAA:'],
    ...signed(),
  ]
  expect(typeof verified(headers)).toBe('object')
})

test('a bare actor passes where names are bare', () => {
  const section = {
    actor_format: 'legacy',
    trust_domain: 'prod.example',
    key_id: 'pipelock-mediation-v1',
    signed_components: ['@method', '@target-uri', 'pipelock-mediation', 'content-digest'],
    max_body_bytes: 1,
  }
  expect(typeof verified(signed({}, {section}), {}, {format: 'legacy'})).toBe('object')
  expect(verified(signed({}, {section}))).toBe('parse')
})

test('every class has one text for clients', () => {
  const texts = (['missing', 'parse', 'signature', 'not_trusted', 'replay'] as const).map((one) => refusal(one))
  expect(new Set(texts.map(({clientDetail}) => clientDetail)).size).toBe(1)
  expect(texts.map(({rule}) => rule)).toContain('inbound_verify_not_trusted')
})
