// A key on its way to its own issuer: what is spared where an operator asks for it, and everything that is not.
import {describe, expect, test} from 'vitest'
import type {Header} from '../../../../src/core/exchange.js'
import {isAudience} from '../../../../src/plugins/dlp/audience.js'
import {base64url, EXAMPLES, mixed, upper} from '../../../support/credentials.js'
import {bodiesOf, brief, type Request} from './fixtures.js'

const key = (name: string): string => EXAMPLES[name]?.()[0] ?? ''
const bearer = (value: string): Header => ['Authorization', `Bearer ${value}`]
const ANTHROPIC = key('Anthropic API Key')
const OTHER = ['sk-', 'ant-', mixed(30)].join('')
const AWS = ['AK', 'IA', upper(16)].join('')
const url = 'https://api.anthropic.com/v1/messages'

const jwt = (claims: object): string => `${base64url({alg: 'HS256'})}.${base64url(claims)}.${mixed(12)}`

const ROWS: readonly (readonly [rule: string, host: string, header: Header])[] = [
  ['Anthropic API Key', 'api.anthropic.com', bearer(ANTHROPIC)],
  ['Anthropic API Key', 'api.anthropic.com', ['x-api-key', ANTHROPIC]],
  ['OpenAI API Key', 'api.openai.com', bearer(key('OpenAI API Key'))],
  ['OpenAI Service Key', 'api.openai.com', bearer(key('OpenAI Service Key'))],
  ['Fireworks API Key', 'api.fireworks.ai', bearer(key('Fireworks API Key'))],
  ['Google API Key', 'maps.googleapis.com', ['x-goog-api-key', key('Google API Key')]],
  ['Google OAuth Token', 'www.googleapis.com', bearer(key('Google OAuth Token'))],
  ['GitHub Token', 'api.github.com', ['Authorization', `token ${key('GitHub Token')}`]],
  ['GitHub Fine-Grained PAT', 'uploads.github.com', bearer(key('GitHub Fine-Grained PAT'))],
  ['Slack Token', 'slack.com', bearer(key('Slack Token'))],
  ['Discord Bot Token', 'discord.com', ['Authorization', `Bot ${key('Discord Bot Token')}`]],
  ['Hugging Face Token', 'api.huggingface.co', bearer(key('Hugging Face Token'))],
  ['Databricks Token', 'x.cloud.databricks.com', bearer(key('Databricks Token'))],
  ['Replicate API Token', 'api.replicate.com', ['Authorization', `Token ${key('Replicate API Token')}`]],
  ['Together AI Key', 'api.together.ai', bearer(key('Together AI Key'))],
  ['Pinecone API Key', 'x.svc.pinecone.io', ['Api-Key', key('Pinecone API Key')]],
  ['Groq API Key', 'api.groq.com', bearer(key('Groq API Key'))],
  ['xAI API Key', 'api.x.ai', bearer(key('xAI API Key'))],
  ['JWT Token', 'api.app.test', bearer(jwt({aud: ['https://api.app.test/v1']}))],
  ['JWT Token', 'login.app.test', bearer(jwt({iss: 'https://login.app.test/'}))],
]

describe.each(ROWS)('%s to %s', (rule, host, [name, value]) => {
  const sent = {name: name.toLowerCase(), value, scheme: 'https', host} as const
  test('is at its issuer there alone, over TLS, in its own header, alone in it', () => {
    expect(isAudience(rule, sent)).toBe(true)
    expect(isAudience(rule, {...sent, scheme: 'http'})).toBe(false)
    for (const other of [`${host}.evil.test`, `evil${host.split('.').slice(-2).join('.')}`, 'evil.test']) {
      expect([other, isAudience(rule, {...sent, host: other})]).toEqual([other, false])
    }
    expect(isAudience(rule, {...sent, name: 'x-other'})).toBe(false)
    for (const more of [`${value} x`, `${value},${AWS}`, `${value}\u00e9`]) {
      expect([more, isAudience(rule, {...sent, value: more})]).toEqual([more, false])
    }
    expect(isAudience('AWS Access Key ID', sent)).toBe(false)
  })
})

test.each([
  ['two keys in one', `Bearer ${ANTHROPIC}-${OTHER}`],
  ['a scheme that is none', `Digest ${ANTHROPIC}`],
  ['no scheme', ANTHROPIC],
  ['a key of somebody else', `Bearer ${key('Groq API Key')}`],
])('%s is no key at its issuer', (_, value) => {
  expect(
    isAudience('Anthropic API Key', {name: 'authorization', value, scheme: 'https', host: 'api.anthropic.com'}),
  ).toBe(false)
})

test.each([
  ['another audience', jwt({aud: 'https://other.test', iss: 'https://api.app.test.evil.test'})],
  ['no claims', `${base64url({alg: 'none'})}.${Buffer.from('[]').toString('base64url')}.`],
  ['no JSON', `${base64url({alg: 'none'})}.eyJh.`],
])('a token with %s is not for this host', (_, token) => {
  const sent = {name: 'authorization', value: `Bearer ${token}`, scheme: 'https', host: 'api.app.test'} as const
  expect(isAudience('JWT Token', sent)).toBe(false)
})

describe('in a request', () => {
  const judge = async (request: Request, section: object = {credential_audience: true}) =>
    brief(await (await bodiesOf({action: 'block', header_mode: 'all', ...section})).judge(request))
  const spared = 'header_dlp allow credential_audience_allow'
  const refused = 'header_dlp block Anthropic API Key'

  test('is recorded and forwarded where that is configured, and is a finding by default', async () => {
    const request = {url, headers: [bearer(ANTHROPIC)]}
    expect(await judge(request)).toEqual([spared])
    expect(await judge(request, {})).toEqual([refused])
    const bodies = await bodiesOf({action: 'block', credential_audience: true})
    const [finding] = await bodies.judge(request)
    expect(finding).toMatchObject({
      header: 'authorization',
      detail: 'credential_audience_allow: Anthropic API Key (authorization)',
      matches: [{pattern_name: 'credential_audience_allow', severity: 'critical'}],
    })
    expect(JSON.stringify(finding)).not.toContain(ANTHROPIC)
  })

  test.each([
    ['without TLS', {url: url.replace('https', 'http')}, [refused]],
    ['to somebody else', {url: 'https://api.openai.com/v1'}, [refused]],
    ['in the head of a CONNECT', {transport: 'connect'}, [refused]],
    [
      'with another credential in another header',
      {headers: [bearer(ANTHROPIC), ['X-A', AWS]]},
      [spared, 'header_dlp block AWS Access Key ID'],
    ],
    ['and a second one of the same issuer', {headers: [bearer(ANTHROPIC), ['X-Api-Key', OTHER]]}, [spared, refused]],
    ['and again where it is not expected', {headers: [bearer(ANTHROPIC), ['X-A', ANTHROPIC]]}, [spared, refused]],
    [
      'in the body',
      {headers: [], body: JSON.stringify({k: ANTHROPIC}), type: 'application/json'},
      ['body_dlp block Anthropic API Key'],
    ],
  ] as const satisfies readonly (readonly [string, Request, readonly string[]])[])(
    '%s',
    async (_, change, expected) => {
      expect(await judge({url, headers: [bearer(ANTHROPIC)], ...change})).toEqual(expected)
    },
  )
})
