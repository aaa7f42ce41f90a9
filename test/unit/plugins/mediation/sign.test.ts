// Envelope and signature byte for byte, and what happens to the signatures of others.
import {describe, expect, test} from 'vitest'
import {envelopeObject} from '../../../../src/formats/mediation-envelope.js'
import {createAttest} from '../../../../src/plugins/mediation/sign.js'
import {exchange, PARTS, POST, ruling, signedFields} from './envelopes.js'

const ENVELOPE =
  'v=1, act="write", vd="allow", se="external_write", actor="spiffe://prod.example/agent/claude-code", aa="bound", ph=:nBdI1yzWZslPqHo8aZ+zXw==:, rid="019dd52f-2c00-7abc-8def-0123456789ab", ts=1777400000'

test('the published example is signed byte for byte', () => {
  expect(Object.fromEntries(signedFields())).toEqual({
    'Content-Digest': 'sha-256=:k6I5cakU5erL8KjSUVTNownDwccvu5kU1Hxg88toFYg=:',
    'Pipelock-Mediation': ENVELOPE,
    'Signature-Input':
      'pipelock1=("@method" "@target-uri" "pipelock-mediation" "content-digest");keyid="pipelock-mediation-v1";alg="ed25519";tag="pipelock-mediation";nonce="000102030405060708090a0b0c0d0e0f";created=1777400000;expires=1777400300',
    Signature: 'pipelock1=:JZFYf652TMYik3ilhawx5gt8hamAg39vU+JWZySUAiPr3ZRj62xm6qwO98bcE52gy2ZwHF2Sl6TqWfnM77o8CA==:',
  })
})

test('a streaming body is signed without a digest', () => {
  const fields = Object.fromEntries(signedFields({body: 'streams', fields: ['Content-Digest', 'sha-256=:AAAA:']}))
  expect(fields).not.toHaveProperty('Content-Digest')
  expect(fields['Signature-Input']).toContain('("@method" "@target-uri" "pipelock-mediation");')
})

describe('the envelope', () => {
  const stated = (
    part: Parameters<typeof exchange>[0],
    hop = 0,
    method = 'GET',
    action: 'allow' | 'warn' = 'allow',
  ) => {
    const attest = createAttest({...PARTS, key: undefined})
    const fields = attest(exchange(part), ruling(action), {...POST, method, hop, fields: ['A', 'b']})
    expect(fields.slice(0, 3)).toEqual(['A', 'b', 'Pipelock-Mediation'])
    return fields[3]
  }

  test.each([
    ['GET', 'act="read"', 'se="external_read"'],
    ['DELETE', 'act="write"', 'se="external_write"'],
    ['BREW', 'act="unclassified"', 'se="none"'],
  ])('%s: %s, %s', (method, act, se) => {
    expect(stated({}, 0, method)).toContain(`${act}, vd="allow", ${se}`)
  })

  test('of a WebSocket delegates', () => {
    expect(stated({transport: 'websocket'})).toContain('act="delegate", vd="allow", se="external_write"')
  })

  test('states a warning, the number of redirects, and how sure the name is', () => {
    const text = stated({agent: {name: 'a', basis: 'self-declared'}}, 2, 'GET', 'warn')
    expect(text).toContain('vd="warn"')
    expect(text).toMatch(/aa="self-declared".*, hop=2$/)
  })

  test.each([
    ['-a b-', 'spiffe://prod.example/agent/a-b'],
    ['---', 'spiffe://prod.example/agent/anonymous'],
    ['..', 'spiffe://prod.example/agent/anonymous'],
  ])('names the agent %s as %s', (name, actor) => {
    expect(stated({agent: {name, basis: 'bound'}})).toContain(`actor="${actor}"`)
  })

  test('of an MCP message has the same members as JSON', () => {
    expect(
      envelopeObject({
        action: 'write',
        verdict: 'allow',
        sideEffect: 'external_write',
        actor: 'spiffe://prod.example/agent/claude-code',
        basis: 'bound',
        policyHash: PARTS.policyHash,
        decisionId: '019dd52f-2c00-7abc-8def-0123456789ab',
        timestamp: 1_777_400_000,
        reauthorize: true,
        hop: 1,
      }),
    ).toEqual({
      v: 1,
      act: 'write',
      vd: 'allow',
      se: 'external_write',
      actor: 'spiffe://prod.example/agent/claude-code',
      aa: 'bound',
      ph: 'sha256-128:nBdI1yzWZslPqHo8aZ+zXw==',
      rid: '019dd52f-2c00-7abc-8def-0123456789ab',
      ts: 1_777_400_000,
      reauth: true,
      hop: 1,
    })
  })
})

describe('signatures of others', () => {
  const OTHER = ['Signature-Input', 'sig1=("@method");keyid="k"', 'Signature', 'sig1=:AAAA:'] as const

  test('stay before ours, with every byte', () => {
    const fields = Object.fromEntries(signedFields({fields: OTHER}))
    expect(fields['Signature-Input']).toMatch(/^sig1=\("@method"\);keyid="k", pipelock1=\(/)
    expect(fields['Signature']).toMatch(/^sig1=:AAAA:, pipelock1=:/)
  })

  test('in several lines become one', () => {
    const fields = signedFields({fields: [...OTHER, 'signature-input', 'sig2=("@path")', 'signature', 'sig2=:AAAA:']})
    expect(fields.filter(([name]) => name.toLowerCase() === 'signature-input')).toHaveLength(1)
    expect(Object.fromEntries(fields)['Signature']).toMatch(/^sig1=:AAAA:, sig2=:AAAA:, pipelock1=:/)
  })

  test('of a draft that used the names for other texts refuse the request', () => {
    const draft = 'keyId="a",algorithm="rsa-sha256",signature="AAAA=="'
    expect(() => signedFields({fields: ['Signature', `Sig ${draft}`]})).toThrow('RFC 9421')
  })
})
