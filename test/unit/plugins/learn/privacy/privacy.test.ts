import {describe, expect, test} from 'vitest'
import {decodeCompileManifest} from '../../../../../src/formats/documents/compile-manifest.js'
import {openEngine} from '../../../../../src/lib/regex/engine.js'
import {sections} from '../../../../../src/plugins/learn/config.js'
import {sections as redactionSections} from '../../../../../src/plugins/redaction/config.js'
import {BUILT_IN_PUBLIC} from '../../../../../src/plugins/learn/privacy/host-class.js'
import {
  DEFAULT_PRIVACY,
  createPrivacy,
  privacyProblems,
  privacyWarnings,
  type PrivacySections,
} from '../../../../../src/plugins/learn/privacy/privacy.js'
import {withoutPersonal} from '../../../../../src/plugins/learn/privacy/personal.js'
import {redactedNames} from '../../../../../src/plugins/learn/page/names.js'
import {viewsOf} from '../../../../../src/plugins/learn/view/rule-view.js'
import {redactedLabels} from '../../../../../src/plugins/learn/privacy/redact.js'
import {operatorReview} from '../../../../../src/plugins/learn/review/operator.js'
import {compileCaptures, contractOf, ruleNamed} from '../../../../support/compiling.js'
import type {CaptureSpec} from '../../../../support/captures.js'
import type {CaptureRecord} from '../../../../../src/formats/capture.js'

const UNVERIFIED = {isVerified: false, text: 'none'}

const sectionsOf = (privacy: object = {}, redaction: object = {}): PrivacySections => ({
  privacy: sections.learn.parse({privacy}).privacy,
  redaction: redactionSections.redaction.parse(redaction),
})
const privacyOf = (privacy: object = {}, redaction: object = {}) =>
  createPrivacy(sectionsOf(privacy, redaction), openEngine)
const issuesOf = (redaction: unknown) => {
  const result = redactionSections.redaction.safeParse(redaction)
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'))
}

describe('classes of hosts, first hit', () => {
  test('no built-in public name is internal by its form', () => {
    const {hostClass} = privacyOf({public_allowlist_default: false})
    for (const host of BUILT_IN_PUBLIC) expect([host, hostClass(host)]).toEqual([host, 'public'])
  })

  test('the allowlist wins over every other test, and the operator’s replaces the built-in one', () => {
    const redaction = {
      public_allowlist: ['*.svc.example.corp', '10.1.1.1'],
      salt_hash: {private_suffixes: ['github.com']},
    }
    const {hostClass} = privacyOf({}, redaction)
    expect(['a.svc.example.corp', 'b.corp', '10.1.1.1', '10.1.1.2', 'github.com'].map(hostClass)).toEqual([
      'public',
      'internal',
      'public',
      'internal',
      'internal',
    ])
  })

  test('the built-in list yields to public_allowlist_default: false, and is warned of where it does not', () => {
    const redaction = {salt_hash: {private_suffixes: ['.github.com']}}
    expect(privacyOf({}, redaction).hostClass('api.github.com')).toBe('public')
    expect(privacyOf({public_allowlist_default: false}, redaction).hostClass('api.github.com')).toBe('internal')
    expect(privacyWarnings(sectionsOf({}, redaction)).map(({message}) => message.split(' ')[0])).toEqual([
      'api.github.com',
      'github.com',
    ])
    expect(privacyWarnings(sectionsOf({public_allowlist_default: false}, redaction))).toEqual([])
  })

  test('suffixes cover the domain and what is below it, ranges also what an IPv6 address carries', () => {
    const {hostClass} = privacyOf(
      {},
      {salt_hash: {private_suffixes: ['Example.NET'], private_cidrs: ['203.0.113.0/24']}},
    )
    expect(['example.net', 'a.example.net', 'notexample.net', '203.0.113.9', '203.0.114.9'].map(hostClass)).toEqual([
      'internal',
      'internal',
      'public',
      'internal',
      'public',
    ])
    expect(hostClass('::ffff:10.0.0.1')).toBe('internal')
  })
})

test('what the configuration refuses, and where', () => {
  expect(
    issuesOf({salt_hash: {private_suffixes: ['http://a.b'], private_cidrs: ['10.0.0.1/8'], salt_epoch: -1}}),
  ).toEqual(['salt_hash.private_suffixes.0', 'salt_hash.private_cidrs.0', 'salt_hash.salt_epoch'])
  expect(issuesOf({public_allowlist: ['*'], allowlist: []})).toEqual(['public_allowlist.0', ''])
  const wrong = sectionsOf(
    {
      regulated_patterns: [
        {name: 'a', regex: 'ok'},
        {name: 'b', regex: '(?=x)'},
      ],
      sensitive_patterns: [{name: 'c', regex: '('}],
    },
    {salt_hash: {private_mcp_name_patterns: ['(?<']}},
  )
  expect(privacyProblems(wrong).map(({field}) => field)).toEqual([
    'learn.privacy.regulated_patterns[1].regex',
    'learn.privacy.sensitive_patterns[0].regex',
    'redaction.salt_hash.private_mcp_name_patterns[0]',
  ])
})

const record = (over: Partial<CaptureRecord>): CaptureRecord => ({
  agent: 'coder',
  surface: 'url',
  actionClass: '',
  effectiveAction: 'allow',
  outcome: 'clean',
  method: 'GET',
  url: '',
  mcpMethod: '',
  mcpServer: '',
  toolName: '',
  toolArgs: undefined,
  payloadBytes: 0,
  scannerBytes: 0,
  statusClass: '',
  sessionIdOriginal: '',
  ...over,
})

describe('regulated and sensitive values', () => {
  const patterns = [{name: 'ssn', regex: '\\b\\d{3}-\\d{2}-\\d{4}\\b'}]

  test.each([
    ['a path', {url: 'https://api.example.com/p/123-45-6789'}],
    ['a path with escapes', {url: 'https://api.example.com/p/123%2D45%2D6789'}],
    ['escapes of escapes', {url: 'https://api.example.com/p/123%252D45-6789'}],
    ['a query', {url: 'https://api.example.com/?q=123-45-6789'}],
    ['arguments', {toolArgs: '{"q":"123-45-6789"}'}],
    ['a tool', {toolName: 'lookup 123-45-6789'}],
  ])('a regulated value in %s removes the event', (_, over) => {
    expect(privacyOf({regulated_patterns: patterns}).filter(record(over))).toEqual({kind: 'regulated'})
  })

  test.each([
    ['https://api.example.com/p/123-45-6789', 'https://api.example.com/[redacted-path]'],
    ['https://api.example.com:8443/p/123%2D45-6789?x', 'https://api.example.com:8443/[redacted-path]'],
    ['https://api.example.com/p?q=123-45-6789', 'https://api.example.com/p'],
    ['https://123-45-6789.example.com/p', '[redacted-target]'],
    ['https://api.example.com/p', 'https://api.example.com/p'],
  ])('a sensitive value in %s is dropped and the rest counts', (url, left) => {
    expect(privacyOf({sensitive_patterns: patterns}).filter(record({url}))).toEqual({
      kind: 'kept',
      record: record({url: left}),
    })
  })

  test('sensitive arguments are dropped, a sensitive tool is no event', () => {
    const {filter} = privacyOf({sensitive_patterns: patterns})
    expect(filter(record({toolName: 't', toolArgs: '"123-45-6789"'}))).toMatchObject({
      kind: 'kept',
      record: {toolName: 't'},
    })
    expect(filter(record({toolArgs: '"123-45-6789"'}))).not.toHaveProperty('record.toolArgs', '"123-45-6789"')
    expect(filter(record({toolName: '123-45-6789'}))).toEqual({kind: 'sensitive'})
  })

  test('what allow_sensitive lets stand is internal', () => {
    const privacy = privacyOf({sensitive_patterns: patterns, allow_sensitive: true})
    const kept = record({url: 'https://api.example.com/p/123-45-6789'})
    expect(privacy.filter(kept)).toEqual({kind: 'kept', record: kept})
    expect([privacy.pathClass('public', '/p/123-45-6789'), privacy.pathClass('public', '/p')]).toEqual([
      'internal',
      'public',
    ])
  })
})

const traffic: readonly CaptureSpec[] = Array.from({length: 30}, (_, i) => {
  const at = {
    session: `s${i % 6}`,
    ts: `2026-04-29T${String(10 + (i % 6)).padStart(2, '0')}:00:${String(i).padStart(2, '0')}Z`,
  }
  return i % 2 === 0
    ? {...at, url: 'https://git.example.net/team/secret-plan'}
    : {...at, tool: {server: 'vault-east', name: 'read', args: '{"host":"10.9.8.7"}'}}
})

describe('a candidate', () => {
  const privacy = privacyOf(
    {},
    {salt_hash: {private_suffixes: ['example.net'], private_mcp_name_patterns: ['^vault-'], salt_epoch: 3}},
  )
  const compiled = compileCaptures(traffic, {privacy})

  test('labels hosts, paths, budgets and names as the configuration classes them', () => {
    const {selector, budgets} = ruleNamed(compiled, 'git_example_net_team_secret_plan_GET')
    expect(selector).toMatchObject({host: {data_class: 'internal'}, paths: [{data_class: 'internal'}]})
    expect(budgets).toMatchObject({payload_size_bytes: {data_class: 'internal'}})
    expect(ruleNamed(compiled, 'vault_east_read').selector).toMatchObject({
      server: {value: 'vault-east', data_class: 'internal'},
      tool: {value: 'read'},
    })
    expect(contractOf(compiled).body.defaults.privacy).toMatchObject({salt_epoch: 3})
  })

  test('holds nothing of events with a regulated value, and counts them', () => {
    const patterns = {regulated_patterns: [{name: 'plan', regex: 'secret-\\w+'}]}
    const clean = traffic.filter(({tool}) => tool)
    const both = compileCaptures(traffic, {privacy: privacyOf(patterns)})
    expect(both.contract).not.toContain('secret')
    expect(contractOf(both).body.observation_window.event_count).toBe(clean.length)
    expect(both.ingested.aggregate).toMatchObject({regulated: 15, sensitive: 0, malformed: 0, events: 15})
  })

  test('its manifest carries what was in force, and nothing where nothing was set', () => {
    const settings = (text: string) => decodeCompileManifest(Buffer.from(text), 'json').body.settings
    expect(settings(compiled.manifest)).toMatchObject({
      redaction: {
        salt_hash: {private_suffixes: ['example.net'], private_mcp_name_patterns: ['^vault-'], salt_epoch: 3},
      },
    })
    expect(settings(compileCaptures(traffic).manifest)).not.toHaveProperty('redaction')
  })

  test.each([
    ['with a salt', Buffer.from('salt')],
    ['without one', undefined],
  ])('shows no internal name in a redacted review, %s', (_, salt) => {
    for (const labels of [redactedLabels(salt), redactedLabels(salt, DEFAULT_PRIVACY)]) {
      const text = operatorReview(contractOf(compiled).body, UNVERIFIED, labels, {candidate: 'c.yaml', isWhole: true})
      for (const name of ['git.example', 'secret-plan', 'team', 'vault', '10.9.8.7']) expect(text).not.toContain(name)
      expect(text).toContain(salt ? 'hmac:' : '[internal]')
    }
  })

  test('is redacted by the configuration at hand where it was compiled without it', () => {
    const {body} = contractOf(compileCaptures(traffic))
    expect(operatorReview(body, UNVERIFIED, redactedLabels(undefined), {candidate: 'c.yaml', isWhole: true})).toContain(
      'git.example.net',
    )
    const text = operatorReview(body, UNVERIFIED, redactedLabels(undefined, privacy), {
      candidate: 'c.yaml',
      isWhole: true,
    })
    for (const name of ['git.example', 'secret-plan', 'vault']) expect(text).not.toContain(name)
  })
})

describe('what names a person or opens a door, in paths of public hosts', () => {
  const hide = () => 'hidden'
  const personal = [
    'ada.lovelace@example.org',
    'ada%40example.org',
    'to:grace@navy.example',
    '+49 30 1234567',
    '+4930901820',
    '(030) 901820-123',
    '555-867-5309',
    '123e4567-e89b-12d3-a456-426614174000',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'sess-9xk2m4p7q1w8e5r3t6y0',
  ]
  const ordinary = [
    'issues',
    '20265',
    '2026-05-04',
    '2026-w19',
    'v1.24.3',
    '192.168.100.200',
    'ubuntu-22-04-lts',
    'kubernetes-dashboard-v2',
    'react-18-and-typescript-5-handbook',
    'deadbeefcafebabe',
    '*',
    'user@',
    'page-2-of-10',
    '18.04-ga-arm64',
  ]

  test.each(personal)('%s is hidden', (segment) => {
    expect(withoutPersonal(`/users/${segment}/posts`, hide)).toBe('/users/hidden/posts')
  })

  test.each(ordinary)('%s is shown', (segment) => {
    expect(withoutPersonal(`/users/${segment}/posts`, hide)).toBe(`/users/${segment}/posts`)
  })

  test('they stand in a review, and in neither form of one that is shared', () => {
    const url = 'https://api.example.com/contacts/ada.lovelace@example.org/notes'
    const {body} = contractOf(compileCaptures([{url}]))
    const labels = redactedLabels(Buffer.from('salt'))
    const [rule] = viewsOf(body).filter(({paths}) => paths.length > 0)
    if (!rule) throw new Error('no rule with a path')
    expect(rule.paths[0]?.value).toContain('ada.lovelace@example.org')
    const shown = operatorReview(body, UNVERIFIED, labels, {candidate: 'c.yaml', isWhole: true})
    expect(shown).not.toMatch(/ada|lovelace|example\.org/)
    expect(shown).toMatch(/`\/contacts\/hmac:[0-9a-f]{16}\/notes`/)
    expect(JSON.stringify(redactedNames(undefined).view(rule).paths)).toContain('/contacts/[internal]/notes')
  })
})
