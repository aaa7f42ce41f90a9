import {expect, test} from 'vitest'
import {parsePublicKeyHex, privateKeyFromSeed, type PublicKey} from '../../../../../src/lib/ed25519.js'
import {
  parseEnvelope,
  payloadText,
  preAuthEncoding,
  signEnvelope,
  signersOf,
} from '../../../../../src/plugins/receipts/export/dsse.js'

const mine = privateKeyFromSeed(Buffer.alloc(32, 7))
const other = privateKeyFromSeed(Buffer.alloc(32, 8))

// RFC 8032, section 7.1 tests 1 and 2, the keys of the published DSSE vectors
const keyOf = (hex: string): PublicKey => {
  const key = parsePublicKeyHex(hex)
  if (!key) throw new Error('no key')
  return key
}
const A = keyOf('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
const B = keyOf('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
const TYPE = 'application/vnd.in-toto+json'
const BODY = 'eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ=='
const SIG_A = '2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=='
const SIG_B = 'c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw=='

const signers = (payload: string, payloadType: string, ...sigs: string[]): readonly string[] =>
  signersOf(parseEnvelope(JSON.stringify({payload, payloadType, signatures: sigs.map((sig) => ({sig}))})), [A, B]).map(
    (key) => (key === A ? 'A' : 'B'),
  )

test('the encoding of the protocol, and lengths counted in bytes', () => {
  expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  expect(preAuthEncoding('application/vnd.exämple+json', Buffer.alloc(0)).toString()).toBe(
    'DSSEv1 29 application/vnd.exämple+json 0 ',
  )
})

test('the published vectors', () => {
  expect(signers(BODY, TYPE, SIG_A)).toEqual(['A'])
  expect(signers(BODY, TYPE, SIG_A, SIG_B)).toEqual(['A', 'B'])
  expect(signers(BODY, TYPE, SIG_A, SIG_A)).toEqual(['A'])
  expect(signers(BODY, 'application/vnd.example.other+json', SIG_A)).toEqual([])
  const urlSafe = 'P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw=='
  expect(signers('-_-_Pj8=', TYPE, urlSafe)).toEqual(['A'])
  const nonAscii = 'xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw=='
  expect(signers(BODY, 'application/vnd.exämple+json', nonAscii)).toEqual(['A'])
  const empty = 'gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg=='
  expect(signers('', TYPE, empty)).toEqual(['A'])
})

test('our envelopes verify under the key, and under no other', () => {
  const envelope = parseEnvelope(signEnvelope('text/x-test', Buffer.from('é'), mine, 'hint'))
  expect(payloadText(envelope)).toBe('é')
  expect(signersOf(envelope, [mine.public, other.public])).toEqual([mine.public])
  expect(payloadText({...envelope, payload: Buffer.from([0xff])})).toBeUndefined()
})

test('malformed envelopes are refused', () => {
  const good = {payload: BODY, payloadType: TYPE, signatures: [{sig: SIG_A}]}
  expect(parseEnvelope(JSON.stringify({...good, extra: 1})).payloadType).toBe(TYPE)
  for (const bad of [
    '',
    '[]',
    '{"payload":"","payload":""}',
    JSON.stringify({...good, payload: undefined}),
    JSON.stringify({...good, payload: 'a b='}),
    JSON.stringify({...good, payload: 'YQ='}),
    JSON.stringify({...good, payload: 'YQ==='}),
    JSON.stringify({...good, payload: 'YR=='}),
    JSON.stringify({...good, payload: 'a-b/'}),
    JSON.stringify({...good, payloadType: ''}),
    JSON.stringify({...good, signatures: []}),
    JSON.stringify({...good, signatures: {sig: SIG_A}}),
    JSON.stringify({...good, signatures: ['x']}),
    JSON.stringify({...good, signatures: [{sig: '!'}]}),
    JSON.stringify({...good, signatures: Array(65).fill({sig: SIG_A})}),
  ]) {
    expect(() => parseEnvelope(bad), bad.slice(0, 100)).toThrow()
  }
})
