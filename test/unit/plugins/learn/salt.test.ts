import {chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {hmacSha256Hex} from '../../../../src/lib/hash.js'
import {DEFAULT_PRIVACY} from '../../../../src/plugins/learn/privacy/privacy.js'
import {sections} from '../../../../src/plugins/learn/config.js'
import {isLiteralSalt, resolveSalt, saltSourceProblem} from '../../../../src/plugins/learn/salt.js'

const root = mkdtempSync(join(tmpdir(), 'salt-'))
afterAll(() => rmSync(root, {recursive: true}))
const file = (name: string, text: string, mode = 0o600) => {
  const path = join(root, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return `file:${path}`
}
const salt = (source: string, env: Record<string, string> = {}) => {
  try {
    return Buffer.from(resolveSalt(source, env)).toString()
  } catch (error) {
    return error instanceof PipelockError ? error.code : String(error)
  }
}

test('sources', () => {
  expect(salt('${SALT}', {SALT: 'x'})).toBe('x')
  expect(salt('${SALT}', {SALT: ''})).toBe('salt_unset')
  expect(salt('${SALT}')).toBe('salt_unset')
  expect(salt('')).toBe('salt_unset')
  expect(salt('  ')).toBe('salt_unset')
  expect(salt(' padded ')).toBe(' padded ')
  expect(salt(file('lf', 'x\n'))).toBe('x')
  expect(salt(file('crlf', 'x\n\r\n'))).toBe('x\n')
  expect(salt(file('empty', '\n'))).toBe('salt_unset')
  expect(salt(file('open', 'x', 0o640))).toBe('file_permissions')
  symlinkSync(join(root, 'lf'), join(root, 'link'))
  expect(salt(`file:${join(root, 'link')}`)).toBe('file_not_regular')
  expect(salt(`file:${root}/../${root.split('/').at(-1)}/lf`)).toBe('config_invalid')
  expect(salt('file:lf')).toBe('config_invalid')
  expect(saltSourceProblem(`file:${root}/absent`)).toMatch('does not exist')
  expect(saltSourceProblem('${SALT}')).toBeUndefined()
  expect([isLiteralSalt('x'), isLiteralSalt('${X}'), isLiteralSalt('file:/x'), isLiteralSalt('')]).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test('salted values', () => {
  expect(hmacSha256Hex('test-salt', '/v1/users/1001')).toBe(
    '182b4a2f3be2cb6de043611dd39729d7b63f88b55d579188d2ce6c04558f3d74',
  )
})

test.each([
  [
    'internal',
    [
      '10.1.2.3',
      '100.64.0.1',
      '100.127.9.9',
      '127.0.0.1',
      '169.254.1.1',
      '172.16.0.1',
      '172.31.1.1',
      '192.168.0.1',
      '0.0.0.0',
    ],
  ],
  [
    'internal',
    [
      '::',
      '::1',
      'fc00::1',
      'fdff::1',
      'fe80::1',
      'febf::1',
      'build',
      'a.local',
      'x.y.internal',
      'a.home.arpa',
      'a.svc',
      'a.svc.cluster.local',
      'nas.lan',
      'git.corp',
    ],
  ],
  [
    'public',
    [
      '8.8.8.8',
      '100.63.0.1',
      '100.128.0.1',
      '172.15.0.1',
      '172.32.0.1',
      '192.167.1.1',
      '2001:db8::1',
      'fec0::1',
      'example.com',
      'corp.example.com',
      'mycorp',
    ],
  ],
] as const)('%s hosts', (expected, hosts) => {
  for (const host of hosts)
    expect([host, DEFAULT_PRIVACY.hostClass(host)]).toEqual([host, host === 'mycorp' ? 'internal' : expected])
})

test('the configuration section', () => {
  const issues = (value: unknown) => {
    const result = sections.learn.safeParse(value)
    return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'))
  }
  expect(issues({})).toEqual([])
  expect(issues({enabled: true})).toEqual(['capture_dir'])
  expect(issues({enabled: true, capture_dir: ' /captures '})).toEqual([])
  expect(sections.learn.parse({capture_dir: ' /captures '}).capture_dir).toBe('/captures')
  expect(issues({capture_dir: 'relative'})).toEqual(['capture_dir'])
  expect(issues({session_max_age_hours: 0})).toEqual(['session_max_age_hours'])
  expect(issues({session_max_age_hours: 169})).toEqual(['session_max_age_hours'])
  for (const machine of ['', 'a', 'ci-runner-7', 'node.3.example', '0'.repeat(63)]) {
    expect(issues({sessions: {machine}})).toEqual([])
  }
  for (const machine of ['-a', 'a-', 'a.', 'A', 'a|b', 'a_b', 'a b', 'a\n', '0'.repeat(64), 'é']) {
    expect(issues({sessions: {machine}})).toEqual(['sessions.machine'])
  }
  expect(issues({sessions: {per: 'hour'}})).toEqual(['sessions.per'])
  const captures = {enabled: true, capture_dir: '/captures'}
  expect(issues({sessions: {per: 'machine'}})).toEqual([])
  expect(issues({...captures, sessions: {per: 'machine'}})).toEqual(['sessions.machine'])
  expect(issues({...captures, sessions: {per: 'machine', machine: 'a'}})).toEqual([])
  expect(issues({...captures, sessions: {machine: 'a'}})).toEqual([])
  expect(issues({inference: {floors: {min_sessions: -1}}})).toEqual(['inference.floors.min_sessions'])
  expect(issues({inference: {contamination_bound: 0.5}})).toEqual([])
  expect(issues({inference: {contamination_bound: 0.1234567}})).toEqual(['inference.contamination_bound'])
  expect(issues({inference: {contamination_bound: 0.51}})).toEqual(['inference.contamination_bound'])
  expect(issues({inference: {normalization: {entropy_threshold_bits: 8.1}}})).toEqual([
    'inference.normalization.entropy_threshold_bits',
  ])
  expect(issues({inference: {normalization: {algorithm: 'other'}}})).toEqual(['inference.normalization.algorithm'])
  expect(issues({inference: {normalization: {high_risk_siblings: ['ok', 'a/b']}}})).toEqual([
    'inference.normalization.high_risk_siblings.1',
  ])
  expect(issues({privacy: {salt_source: '${ X }'}})).toEqual(['privacy.salt_source'])
  expect(issues({privacy: {salt_source: '${}'}})).toEqual(['privacy.salt_source'])
  expect(issues({unknown: 1})).toEqual([''])
})
