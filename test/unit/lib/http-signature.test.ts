// RFC 9421 by its own examples and by those of the mediation envelope, and what must not verify.
import {describe, expect, test} from 'vitest'
import {parsePublicKey, privateKeyFromSeed, sign} from '../../../src/lib/ed25519.js'
import {sha256Hex} from '../../../src/lib/hash.js'
import {
  contentDigest,
  fieldValue,
  readSignatures,
  signatureBase,
  signMessage,
  SignatureFault,
  verifySignature,
  type Component,
  type Fields,
  type SignedRequest,
} from '../../../src/lib/http-signature.js'

const covered = (...names: readonly string[]): readonly Component[] =>
  names.map((name) => (name.endsWith(';req') ? {name: name.slice(0, -4), ofRequest: true} : {name}))

const DIGEST = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

/** RFC 9421 appendix B.2, "test-request". */
const request: SignedRequest = {
  method: 'POST',
  targetUri: 'https://example.com/foo?param=Value&Pet=dog',
  authority: 'example.com',
  fields: [
    ['Host', 'example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['Content-Type', 'application/json'],
    ['Content-Digest', DIGEST],
    ['Content-Length', '18'],
  ],
}

/** RFC 9421 appendix B.1.4, "test-key-ed25519". */
const seed = Buffer.from('n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU', 'base64url')
const key = privateKeyFromSeed(seed)

describe('RFC 9421', () => {
  test('B.1.4: the public half of the test key', () => {
    expect(Buffer.from(key.public.raw).toString('base64url')).toBe('JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs')
  })

  test('B.2.6: base, signature and verification with Ed25519', () => {
    const components = covered('date', '@method', '@path', '@authority', 'content-type', 'content-length')
    const input =
      '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
    expect(signatureBase(request, components, input)).toBe(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        `"@signature-params": ${input}`,
      ].join('\n'),
    )
    const parameters = [
      ['created', 1618884473],
      ['keyid', 'test-key-ed25519'],
    ] as const
    const fields = signMessage(request, {label: 'sig-b26', components, parameters}, key)
    expect(fields).toEqual([
      ['Signature-Input', `sig-b26=${input}`],
      [
        'Signature',
        'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
      ],
    ])
    const [received] = readSignatures(fields)
    expect(received && verifySignature(request, received, key.public)).toBe(true)
  })

  test('2.5: a base over another set of components', () => {
    const input =
      '("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=1618884473;keyid="test-key-rsa-pss"'
    const components = covered('@method', '@authority', '@path', 'content-digest', 'content-length', 'content-type')
    expect(signatureBase(request, components, input).split('\n')).toEqual([
      '"@method": POST',
      '"@authority": example.com',
      '"@path": /foo',
      `"content-digest": ${DIGEST}`,
      '"content-length": 18',
      '"content-type": application/json',
      `"@signature-params": ${input}`,
    ])
  })

  test('2.1: values of fields', () => {
    const fields: Fields = [
      ['Host', 'www.example.com'],
      ['X-OWS-Header', '   Leading and trailing whitespace.   '],
      ['Cache-Control', 'max-age=60'],
      ['Cache-Control', '    must-revalidate'],
      ['Example-Dict', '  a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
      ['X-Empty-Header', ''],
    ]
    expect(fieldValue(fields, 'x-ows-header')).toBe('Leading and trailing whitespace.')
    expect(fieldValue(fields, 'cache-control')).toBe('max-age=60, must-revalidate')
    expect(fieldValue(fields, 'example-dict')).toBe('a=1,    b=2;x=1;y=2,   c=(a   b   c)')
    expect(fieldValue(fields, 'x-empty-header')).toBe('')
    expect(fieldValue(fields, 'x-none')).toBeUndefined()
  })

  test('2.2: derived components', () => {
    const derived = (name: string, over: Partial<SignedRequest> = {}): string =>
      signatureBase({...request, ...over}, covered(name), '()').split('\n')[0] ?? ''
    const targetUri = 'https://www.example.com/path?param=value'
    expect(derived('@method')).toBe('"@method": POST')
    expect(derived('@target-uri', {targetUri})).toBe(`"@target-uri": ${targetUri}`)
    expect(derived('@authority', {authority: 'www.EXAMPLE.com'})).toBe('"@authority": www.example.com')
    expect(derived('@scheme', {targetUri: 'HTTP://www.example.com/path?param=value'})).toBe('"@scheme": http')
    expect(derived('@path', {targetUri})).toBe('"@path": /path')
    expect(derived('@path', {targetUri: 'https://www.example.com'})).toBe('"@path": /')
    const batman = 'https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman'
    expect(derived('@query', {targetUri: batman})).toBe('"@query": ?param=value&foo=bar&baz=bat%2Dman')
    expect(derived('@query', {targetUri: 'https://www.example.com/path?queryString'})).toBe('"@query": ?queryString')
    expect(derived('@query', {targetUri: 'https://www.example.com/path?'})).toBe('"@query": ?')
    expect(derived('@query', {targetUri: 'https://www.example.com/path'})).toBe('"@query": ?')
  })

  test('2.4: a response that covers its request', () => {
    const fields: Fields = [['Content-Type', 'application/json']]
    const components = covered('@status', 'content-type', '@authority;req', '@method;req', 'content-digest;req')
    expect(signatureBase({status: 503, fields, request}, components, '()').split('\n')).toEqual([
      '"@status": 503',
      '"content-type": application/json',
      '"@authority";req: example.com',
      '"@method";req: POST',
      `"content-digest";req: ${DIGEST}`,
      '"@signature-params": ()',
    ])
  })
})

describe('the mediation envelope', () => {
  const envelopeKey = privateKeyFromSeed(Buffer.from([...Array(32).keys()]))
  const parameters = (nonce: string) =>
    [
      ['keyid', 'pipelock-mediation-v1'],
      ['alg', 'ed25519'],
      ['tag', 'pipelock-mediation'],
      ['nonce', nonce],
      ['created', 1777400000],
      ['expires', 1777400300],
    ] as const

  test('first vector: a request with a body', () => {
    const message: SignedRequest = {
      method: 'POST',
      targetUri: 'https://api.example.com/v1/messages?stream=false',
      authority: 'api.example.com',
      fields: [
        ['Content-Digest', contentDigest(Buffer.from('{"hello":"world"}'))],
        [
          'Pipelock-Mediation',
          'v=1, act="write", vd="allow", se="external_write", actor="spiffe://prod.example/agent/claude-code", aa="bound", ph=:nBdI1yzWZslPqHo8aZ+zXw==:, rid="019dd52f-2c00-7abc-8def-0123456789ab", ts=1777400000',
        ],
      ],
    }
    expect(message.fields[0]).toEqual(['Content-Digest', 'sha-256=:k6I5cakU5erL8KjSUVTNownDwccvu5kU1Hxg88toFYg=:'])
    const components = covered('@method', '@target-uri', 'pipelock-mediation', 'content-digest')
    const fields = signMessage(
      message,
      {label: 'pipelock1', components, parameters: parameters('000102030405060708090a0b0c0d0e0f')},
      envelopeKey,
    )
    const input =
      '("@method" "@target-uri" "pipelock-mediation" "content-digest");keyid="pipelock-mediation-v1";alg="ed25519";tag="pipelock-mediation";nonce="000102030405060708090a0b0c0d0e0f";created=1777400000;expires=1777400300'
    expect(fields).toEqual([
      ['Signature-Input', `pipelock1=${input}`],
      [
        'Signature',
        'pipelock1=:JZFYf652TMYik3ilhawx5gt8hamAg39vU+JWZySUAiPr3ZRj62xm6qwO98bcE52gy2ZwHF2Sl6TqWfnM77o8CA==:',
      ],
    ])
    const base = signatureBase(message, components, input)
    expect([base.length, sha256Hex(base)]).toEqual([
      608,
      '5b5449e1f0cf593e17c4ad0e9be431ca43fbdc1d9f776909757eb2cb10cb121e',
    ])
  })

  test('second vector: a redirect without a body', () => {
    const message: SignedRequest = {
      method: 'GET',
      targetUri: 'https://cdn.example.com/a%20b?x=1',
      authority: 'cdn.example.com',
      fields: [
        [
          'Pipelock-Mediation',
          'v=1, act="read", vd="allow", se="external_read", actor="spiffe://prod.example/agent/claude-code", aa="bound", ph=:nBdI1yzWZslPqHo8aZ+zXw==:, rid="019dd52f-2c00-7abc-8def-0123456789ab", ts=1777400000, taint="external_untrusted", reauth, hop=1',
        ],
      ],
    }
    const fields = signMessage(
      message,
      {
        label: 'pipelock1',
        components: covered('@method', '@target-uri', 'pipelock-mediation'),
        parameters: parameters('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
      },
      envelopeKey,
    )
    expect(fields[1]).toEqual([
      'Signature',
      'pipelock1=:v5lh11ZO1wXSN7/VLgISD04NyoffHJGxgPtj0PafRyrHNfr44XrJx+XdWT2Qk0BKi80mjRmpbWPd5iuvi24yBw==:',
    ])
  })
})

describe('a signature', () => {
  const components = covered('@method', '@authority', 'content-type')
  const fields = signMessage(request, {label: 'a', components, parameters: [['created', 1]]}, key)
  const received = () => readSignatures(fields)[0]!

  test('holds for the message that was signed and no other', () => {
    expect(verifySignature(request, received(), key.public)).toBe(true)
    expect(verifySignature({...request, method: 'PUT'}, received(), key.public)).toBe(false)
    expect(verifySignature({...request, authority: 'example.org'}, received(), key.public)).toBe(false)
    const others = request.fields.filter(([name]) => name !== 'Content-Type')
    expect(verifySignature({...request, fields: others}, received(), key.public)).toBe(false)
    const twice: Fields = [...request.fields, ['Content-Type', 'text/html']]
    expect(verifySignature({...request, fields: twice}, received(), key.public)).toBe(false)
    const other = parsePublicKey(privateKeyFromSeed(Buffer.alloc(32, 7)).public.raw)!
    expect(verifySignature(request, received(), other)).toBe(false)
    expect(verifySignature({status: 200, fields: request.fields, request}, received(), key.public)).toBe(false)
  })

  test('is verified over the parameters as they were received, decimals included', () => {
    const input = '("@method");created=1;x=1.0;  keyid="k"'
    const base = signatureBase(request, covered('@method'), input)
    const value = sign(key, Buffer.from(base)).toString('base64')
    const [own] = readSignatures([
      ['Signature-Input', `a=${input}`],
      ['Signature', `a=:${value}:`],
    ])
    expect(own?.input).toBe(input)
    expect(own && verifySignature(request, own, key.public)).toBe(true)
  })

  test('stands beside those of others, over several lines', () => {
    const mixed: Fields = [
      ['Signature-Input', 'b=("@method");created=2'],
      ...fields,
      ['signature', `b=:${Buffer.alloc(64).toString('base64')}:`],
    ]
    expect(readSignatures(mixed).map(({label}) => label)).toEqual(['b', 'a'])
    expect(readSignatures(mixed).map((each) => verifySignature(request, each, key.public))).toEqual([false, true])
  })

  test.each([
    ['no dictionary', 'keyId="x",algorithm="y"', 'a'],
    ['half of a pair', 'a=("@method")', 'b=:AA==:'],
    ['no list', 'a=1', `a=:${Buffer.alloc(64).toString('base64')}:`],
    ['short', 'a=("@method")', 'a=:AA==:'],
    ['text for bytes', 'a=("@method")', 'a="x"'],
    ['token for a name', 'a=(method)', `a=:${Buffer.alloc(64).toString('base64')}:`],
    ['unknown component parameter', 'a=("@query-param";name="x")', `a=:${Buffer.alloc(64).toString('base64')}:`],
    ['strict serialisation', 'a=("date";sf)', `a=:${Buffer.alloc(64).toString('base64')}:`],
    ['false req', 'a=("@method";req=?0)', `a=:${Buffer.alloc(64).toString('base64')}:`],
    ['parameter of another type', 'a=("@method");created=@1', `a=:${Buffer.alloc(64).toString('base64')}:`],
  ])('is refused whole: %s', (_what, input, value) => {
    const read = () =>
      readSignatures([
        ['Signature-Input', input],
        ['Signature', value],
      ])
    expect(read).toThrow(SignatureFault)
  })

  test('without one of its fields is refused; without both there is none', () => {
    expect(() => readSignatures([['Signature', 'a=:AA==:']])).toThrow(SignatureFault)
    expect(() => readSignatures([['Signature-Input', 'a=("@method")']])).toThrow(SignatureFault)
    expect(readSignatures(request.fields)).toEqual([])
  })

  test.each([
    ['twice the same', covered('date', 'date'), request],
    ['an unknown one', covered('@request-response'), request],
    ['the status of a request', covered('@status'), request],
    ['the method of a response', covered('@method'), {status: 200, fields: [], request}],
    ['the request of a request', covered('@method;req'), request],
    ['a line break', covered('x'), {...request, fields: [['x', 'a\n"@method": GET']]}],
    ['what is no ASCII', covered('x'), {...request, fields: [['x', 'café']]}],
  ] as const)('has no base over %s', (_what, over, message) => {
    expect(() => signatureBase(message, over, '()')).toThrow(SignatureFault)
  })

  test('trims a long value in linear time', () => {
    expect(fieldValue([['x', `a${' '.repeat(200_000)}b`]], 'x')).toHaveLength(200_002)
  })
})
