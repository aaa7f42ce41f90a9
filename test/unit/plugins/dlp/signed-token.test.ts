// Tokens that no rule names: found by their form; and everything beside them that only looks similar.
import {describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {VENDOR_TOKEN} from '../../../../src/plugins/dlp/patterns.js'
import {hex} from '../../../support/credentials.js'

const build = (dlp: object = {}) =>
  buildScanner({dlp: sections.dlp.parse(dlp), canary_tokens: sections.canary_tokens.parse({})}, {env: {}})
const scanner = await build()
const rules = (text: string): readonly string[] =>
  scanner.text(text, {surface: 'body', all: true}).matches.map(({rule}) => rule)

const LONG = 'q7RwZ2mKx9TbV4nYs1HdLc8PfGj3'
const SMALL = 'k3v9x2m7q4w8z1t6b5n0p7r2s8d4'

const INVITATION = Buffer.from(`zt-481592637048-${hex(64)}`).toString('base64url')

describe('tokens by their form', () => {
  test.each([
    ['an underscore', `zorb_${LONG}`],
    ['a dash', `zb-${LONG}`],
    ['two groups', `orbit_k7_${LONG}`],
    ['capitals', `ZORBIT_${LONG}`],
    ['small letters and digits', `zrb_${SMALL}`],
    ['hex', `zq3_${hex(48)}`],
    ['quotes', JSON.stringify({note: `zorb_${LONG}`})],
    ['the name of a secret', `api_token: "zorb_${LONG.slice(0, 17)}"`],
    ['an algorithm in front', `zorb_SHA256${LONG}`],
    ['the path of an invitation', `https://join.chat.example/t/some-group/shared_invite/zorb_${LONG}`],
    ['a host without an address around it', `zorb_${LONG}@archive.example.org`],
    ['base64', Buffer.from(`zorb_${LONG}`).toString('base64')],
  ])('are found with %s', (_, text) => {
    expect(rules(text)).toEqual([VENDOR_TOKEN])
  })

  test.each([
    ['a slug', 'release-notes-for-the-autumn-edition-2026'],
    ['a digest', `sha256-${hex(64)}`],
    ['a commit of a project', `zlib-${hex(40)}`],
    ['a UUID', 'user-3f2b8c1e-9d4a-4b6f-8e2d-7a1c5b9f0e3d'],
    ['a file name', `chunk-${LONG}.js`],
    ['a constant', 'SSL_R_TLSV1_UNSUPPORTED_EXTENSION_110'],
    ['a name in program text', 'parse_Utf16ToUtf8WithBom_fast'],
    ['the constant of a cipher', '#define SN_kdf_WithSHA224And192BitAESCBC 7'],
    ['a link of invitation', `https://join.chat.example/t/some-group/shared_invite/${INVITATION}`],
    ['an identifier of a request', `req_${LONG}`],
    ['a value under the name of an identifier', JSON.stringify({uploadId: `zorb_${LONG}`})],
    ['a name of a resource', `arn:aws:svc:eu-1:123456789012:thing/zorb-${LONG}`],
    ['a wheel', 'widget_tool-1.4.2-cp312-cp312-manylinux_2_17_x86_64.whl'],
    ['the address of a writer in an archive', `2026-04-01  A Writer  <writer-${LONG}@archive.example.org>`],
    ['a short one', `zorb_${LONG.slice(0, 12)}`],
  ])('are not %s', (_, text) => {
    expect(rules(text)).toEqual([])
  })

  test('follow vendor_token_exemptions', async () => {
    const lax = await build({vendor_token_exemptions: ['zorb_']})
    const names = (text: string): readonly string[] => lax.text(text, {surface: 'body'}).matches.map(({rule}) => rule)
    expect(names(`zorb_${LONG}`)).toEqual([])
    expect(names(`zerb_${LONG}`)).toEqual([VENDOR_TOKEN])
  })
})

describe('raw private keys', () => {
  const KEY = hex(64)
  test.each([
    `pk=${KEY}`,
    `{"private_key":"${KEY}"}`,
    `walletPrivateKey: '0x${KEY}'`,
    `export DEPLOYER_KEY=${KEY}`,
    `signing-key = ${KEY}`,
    `seed: ${KEY}`,
  ])('%s', (text) => {
    expect(rules(text).some((rule) => /Private Key/.test(rule))).toBe(true)
  })

  test.each([
    `commit ${KEY}`,
    `{"sha256":"${KEY}"}`,
    `tx_hash=${KEY}`,
    `public_key: ${KEY}`,
    `priv: ${'0'.repeat(64)}`,
  ])('not %s', (text) => {
    expect(rules(text)).toEqual([])
  })
})
