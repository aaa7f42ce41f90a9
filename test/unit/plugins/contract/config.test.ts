// The `learn_lock` section: a typo never unlocks.
import {describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/contract/config.js'
import {resolveMode} from '../../../../src/plugins/contract/mode.js'

const whole = {
  enabled: true,
  mode: 'live',
  store_dir: '/var/lib/pipelock/store',
  roster_path: '/etc/pipelock/roster.json',
  environment: {id: 'prod', tenant: '', deployment_id: ''},
  pinned_root_fingerprint: `sha256:${'a'.repeat(64)}`,
}

const problems = (section: unknown): string[] => {
  const result = sections.learn_lock.safeParse(section)
  return result.success ? [] : result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
}

const modeOf = (section: object) => {
  const warned: string[] = []
  const mode = resolveMode(sections.learn_lock.parse(section), (field) => warned.push(field))
  return {mode, warned}
}

test('off by default', () => {
  expect(sections.learn_lock.parse(undefined)).toMatchObject({enabled: false, minimum_signatures: 1})
})

test('a whole section', () => {
  expect(problems(whole)).toEqual([])
})

test.each(['store_dir', 'roster_path', 'environment', 'pinned_root_fingerprint'] as const)(
  'enabled without %s',
  (key) => {
    expect(problems({...whole, [key]: undefined})).toEqual([`${key}: is required when learn_lock.enabled is true`])
  },
)

describe('mode', () => {
  test.each(['Live', 'live ', 'enforce', 'off', true, 1])('%s is an error, enabled or not', (mode) => {
    expect(problems({...whole, mode})).not.toEqual([])
    expect(problems({enabled: false, mode})).not.toEqual([])
  })

  test.each(['live', 'shadow', 'capture'] as const)('%s', (mode) => {
    expect(modeOf({...whole, mode})).toEqual({mode, warned: []})
  })

  test.each([undefined, null, ''])('%s is shadow, with a warning when enabled', (mode) => {
    expect(modeOf({...whole, mode})).toEqual({mode: 'shadow', warned: ['learn_lock.mode']})
    expect(modeOf({mode})).toEqual({mode: 'shadow', warned: []})
  })
})

test('the old form of the environment names what to write instead', () => {
  expect(problems({...whole, environment: 'prod'})).toEqual([
    expect.stringContaining('block of id, tenant and deployment_id'),
  ])
})

test.each([
  ['an environment without a key', {environment: {id: 'a', tenant: 'b'}}],
  ['an empty id', {environment: {id: '', tenant: '', deployment_id: ''}}],
  ['a relative store', {store_dir: 'store'}],
  ['a relative roster', {roster_path: './roster.json'}],
  ['a fingerprint in capitals', {pinned_root_fingerprint: `sha256:${'A'.repeat(64)}`}],
  ['a short fingerprint', {pinned_root_fingerprint: 'sha256:ab'}],
  ['an unknown key', {modes: 'live'}],
  ['signatures that are no integer', {minimum_signatures: 1.5}],
])('%s is refused, enabled or not', (_name, more) => {
  expect(problems({...whole, ...more})).not.toEqual([])
  expect(problems({...more})).not.toEqual([])
})
