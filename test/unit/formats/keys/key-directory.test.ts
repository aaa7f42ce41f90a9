// The key directory as a document: written ones are read back, and one that breaks a rule is refused as a whole.
import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {
  chooseKey,
  directoryText,
  JSON_TYPE,
  JWK_TYPE,
  jwkSetText,
  parseDirectory,
  thumbprint,
  type DirectoryKey,
} from '../../../../src/formats/keys/key-directory.js'
import {fingerprint, parsePublicKey, privateKeyFromSeed} from '../../../../src/lib/ed25519.js'

const a = privateKeyFromSeed(Buffer.alloc(32, 1)).public
const b = privateKeyFromSeed(Buffer.alloc(32, 2)).public
const keys: readonly DirectoryKey[] = [
  {keyId: 'new', use: 'pipelock-receipt', key: a, notBefore: 100, notAfter: undefined},
  {keyId: 'old', use: 'pipelock-receipt', key: b, notBefore: undefined, notAfter: 100},
]

const read = (value: unknown, type: string = JSON_TYPE) =>
  parseDirectory(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), type)

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'done'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

test('our own form has the published bytes, and is read back', () => {
  expect(JSON.parse(directoryText([{keyId: 'pipelock-mediation-v1', use: 'pipelock-mediation', key: a}]))).toEqual({
    keys: [{keyid: 'pipelock-mediation-v1', alg: 'ed25519', public_key: a.hex, use: 'pipelock-mediation'}],
  })
  expect(read(directoryText(keys)).map(({key, ...rest}) => ({...rest, hex: key.hex}))).toEqual(
    keys.map(({key, ...rest}) => ({...rest, hex: key.hex})),
  )
})

test('the JWK set names keys by thumbprint, and is read back', () => {
  const text = jwkSetText(keys)
  expect(JSON.parse(text)).toMatchObject({
    keys: [{kty: 'OKP', crv: 'Ed25519', kid: thumbprint(a), use: 'sig', nbf: 100}, {exp: 100}],
  })
  expect(read(text, `${JWK_TYPE}; charset=utf-8`).map(({keyId, key}) => [keyId, key.hex])).toEqual([
    [thumbprint(a), a.hex],
    [thumbprint(b), b.hex],
  ])
})

test('the thumbprint is that of RFC 8037 A.3', () => {
  const key = parsePublicKey(Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url'))
  expect(key && thumbprint(key)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

const entry = {keyid: 'k', alg: 'ed25519', public_key: a.hex, use: 'u'}
const jwk = {kty: 'OKP', crv: 'Ed25519', x: Buffer.from(a.raw).toString('base64url')}
const SMALL_ORDER = `01${'00'.repeat(31)}`

describe('is refused', () => {
  test.each([
    ['no JSON', '<html>'],
    ['no object', '[]'],
    ['no list', {keys: {}}],
    ['a list of no objects', {keys: ['x']}],
    ['a member twice', `{"keys":[],"keys":[]}`],
    ['something after it', '{"keys":[]} {}'],
    ['an empty key id', {keys: [{...entry, keyid: ''}]}],
    ['no use', {keys: [{...entry, use: undefined}]}],
    ['an id that is no text', {keys: [{...entry, keyid: 7}]}],
    ['another algorithm', {keys: [{...entry, alg: 'rsa-pss-sha512'}]}],
    ['a short key', {keys: [{...entry, public_key: a.hex.slice(2)}]}],
    ['a key that is no point', {keys: [{...entry, public_key: `02${'00'.repeat(31)}`}]}],
    ['a key of small order', {keys: [{...entry, public_key: SMALL_ORDER}]}],
    ['one id for two keys', {keys: [entry, {...entry, public_key: b.hex}]}],
    ['a time that is none', {keys: [{...entry, exp: '100'}]}],
    ['a negative time', {keys: [{...entry, nbf: -1}]}],
    ['a time beyond the calendar', {keys: [{...entry, exp: 253402300800}]}],
    ['more keys than anybody has', {keys: Array.from({length: 257}, (_, i) => ({...entry, keyid: `k${i}`}))}],
    ['more than 256 KiB', `{"keys":[]}${' '.repeat(256 * 1024)}`],
    ['deep nesting', `{"keys":[],"x":${'['.repeat(40)}${']'.repeat(40)}}`],
  ])('%s', (_what, value) => {
    expect(codeOf(() => read(value))).toBe('directory_invalid')
  })

  test.each([
    ['another key type', {...jwk, kty: 'EC'}],
    ['another curve', {...jwk, crv: 'X25519'}],
    ['padded coordinate', {...jwk, x: `${jwk.x}=`}],
    ['a coordinate of small order', {...jwk, x: Buffer.from(SMALL_ORDER, 'hex').toString('base64url')}],
    ['the private half', {...jwk, d: 'AAAA'}],
    ['for encryption', {...jwk, use: 'enc'}],
    ['for another algorithm', {...jwk, alg: 'ES256'}],
    ['an id that is no text', {...jwk, kid: 5}],
  ])('a JWK: %s', (_what, value) => {
    expect(codeOf(() => read({keys: [value]}, JWK_TYPE))).toBe('directory_invalid')
  })

  test('another media type', () => {
    expect(codeOf(() => read({keys: [entry]}, 'text/html'))).toBe('directory_invalid')
    expect(codeOf(() => read({keys: [entry]}, ''))).toBe('directory_invalid')
    expect(read({keys: [entry]}, 'Application/JSON; charset=utf-8')).toHaveLength(1)
  })
})

describe('chooseKey', () => {
  const use = 'pipelock-receipt'
  test('returns the only key of a use that is valid now, or the named one', () => {
    expect(chooseKey(keys, {use, nowSeconds: 150}).keyId).toBe('new')
    expect(chooseKey(keys, {use, nowSeconds: 50}).keyId).toBe('old')
    expect(chooseKey(keys, {use, keyId: 'old', nowSeconds: 150}).keyId).toBe('old')
    expect(
      chooseKey(keys, {use, fingerprint: fingerprint(b.raw).toUpperCase().replace('SHA', 'sha'), nowSeconds: 150})
        .keyId,
    ).toBe('old')
  })

  test('never returns the first of several, nor a key other than the pinned one', () => {
    const both = keys.map((key) => ({...key, notBefore: undefined, notAfter: undefined}))
    expect(codeOf(() => chooseKey(both, {use, nowSeconds: 0}))).toBe('key_ambiguous')
    expect(codeOf(() => chooseKey(keys, {use: 'other', nowSeconds: 150}))).toBe('key_unknown')
    expect(codeOf(() => chooseKey(keys, {use, keyId: 'new', fingerprint: fingerprint(b.raw), nowSeconds: 1}))).toBe(
      'key_unknown',
    )
    expect(codeOf(() => chooseKey([], {use, nowSeconds: 0}))).toBe('key_unknown')
  })
})
