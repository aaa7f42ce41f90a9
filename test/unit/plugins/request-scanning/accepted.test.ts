// Findings that an operator has accepted: gone for this rule at this place, said in the log, and hiding nothing else.
import {expect, test} from 'vitest'
import {mixed, upper} from '../../../support/credentials.js'
import {bodiesOf, brief, type Request} from './fixtures.js'

const LINEAR = ['lin', '_api_', mixed(40)].join('')
const NOTION = ['nt', 'n_', mixed(42)].join('')
const GITHUB = ['gh', 'p_', mixed(36)].join('')
const AWS = ['AK', 'IA', upper(16)].join('')

const url = 'https://api.test/hooks/a?k=v'
const section = {action: 'block', content_entropy_enabled: false}
const json = (value: unknown, more: Request = {}): Request => ({
  url,
  type: 'application/json',
  body: JSON.stringify(value),
  ...more,
})
const accept = (rule: string, path = 'https://api.test/hooks/*') => [{rule, path}]

test('a rule is accepted at its place alone, and others still count', async () => {
  const bodies = await bodiesOf(section, {suppress: accept('linear api key')})
  expect(brief(await bodies.judge(json({a: LINEAR})))).toEqual([])
  expect(brief(await bodies.judge(json({a: LINEAR}, {url: 'https://other.test/hooks/a'})))).toEqual([
    'body_dlp block Linear API Key',
  ])
  expect(brief(await bodies.judge(json({a: LINEAR, b: NOTION})))).toEqual(['body_dlp block Notion API Key'])
  expect(brief(await bodies.judge(json({a: `${LINEAR} ${Buffer.from(NOTION).toString('base64')}`})))).toEqual([
    'body_dlp block Notion API Key',
  ])
})

test('also in headers, for orders and for opaque values', async () => {
  const header: Request = {url, headers: [['X-Api-Key', LINEAR]]}
  expect(brief(await (await bodiesOf(section, {suppress: accept('Linear API Key')})).judge(header))).toEqual([])
  const opaque = await bodiesOf({content_entropy_action: 'block'}, {suppress: accept('body_entropy')})
  expect(brief(await opaque.judge(json({a: `${mixed(33)}_Zz-${upper(20)}`})))).toEqual([])
})

test('the core floor cannot be accepted', async () => {
  const suppress = [...accept('AWS Access Key ID'), ...accept('AWS Access ID'), ...accept('GitHub Token')]
  const bodies = await bodiesOf(section, {suppress})
  for (const secret of [AWS, GITHUB]) {
    expect(brief(await bodies.judge(json({a: secret}))).join()).toMatch(/^body_dlp block/)
    expect(brief(await bodies.judge({url, headers: [['X-Api-Key', secret]]})).join()).toMatch(/^header_dlp block/)
  }
})

test('what was accepted is said each time, without the path', async () => {
  const texts: unknown[] = []
  const log = {
    info: (event: string, fields?: object) => void texts.push([event, fields]),
    debug: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  }
  await (await bodiesOf(section, {suppress: accept('Linear API Key'), log})).judge(json({a: LINEAR}))
  expect(texts).toMatchObject([
    [
      'body_dlp',
      {
        action: 'allow',
        patterns: ['Linear API Key'],
        suppressed: true,
        reason: 'known',
        url: 'https://api.test/[redacted]',
      },
    ],
  ])
})
