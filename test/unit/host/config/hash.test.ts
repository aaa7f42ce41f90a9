// The policy hash names what a configuration decides: it enters signed contracts, so it must not name one machine's folders.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {loadSource} from '../../../../src/host/config/load.js'
import {readPluginFolder} from '../../../../src/host/outside/folder.js'
import {writePlugin} from '../../../support/outside-plugins.js'

const root = mkdtempSync(join(tmpdir(), 'policy-hash-'))
/** A plugin whose section declares every fact, once for a key and once for the entries of a list and of a mapping. */
const PLUGIN = `export default {apiVersion: 1, name: 'rules', create: () => ({}), schema: (z) => ({
  own_rules: z.strictObject({
    file: z.string().optional().meta({path: true}),
    files: z.array(z.string().meta({path: true})).default([]),
    sources: z.record(z.string(), z.strictObject({file: z.string().meta({path: true}), label: z.string().default('')})).default({}),
    listen: z.string().default('').meta({policyHash: 'omitted'}),
    names: z.array(z.string()).default([]).meta({policyHash: 'unordered'}),
    order: z.array(z.string()).default([]),
  }).prefault({}),
})}`
const [one, other] = [join(root, 'one'), join(root, 'other')]

beforeAll(() => {
  for (const folder of [one, other]) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'secrets'), 'correct-horse-battery-staple\n', {mode: 0o600})
    writeFileSync(join(folder, 'words'), 'Ada Example\n', {mode: 0o600})
    mkdirSync(join(folder, 'rules'))
    writePlugin({'index.mjs': PLUGIN}, join(folder, 'rules'))
  }
})
afterAll(() => rmSync(root, {recursive: true}))

/** The hash of a configuration in `folder`, which `HERE` stands for. */
const policyOf = async (text: string, folder = one): Promise<string> => {
  const source = {kind: 'text', text: `${text.replaceAll('HERE', folder)}\n`, directory: folder} as const
  const {hashes} = await loadSource(source, {home: join(root, 'home')})
  return hashes.policy
}

/** A configuration with the plugin. */
const withRules = (section: string): string =>
  `plugins: [{path: rules, sha256: ${readPluginFolder(join(one, 'rules')).digest}}]\nown_rules: ${section}`

test.each([
  ['the folder of captures', 'learn: {enabled: true, capture_dir: HERE}'],
  ['the file of secrets', 'dlp: {secrets_file: HERE/secrets}'],
  ['the folder that a relative path counts from', 'dlp: {secrets_file: secrets}'],
  ['the file of a dictionary', 'redaction: {dictionaries: {staff: {class: person, entries_file: HERE/words}}}'],
  ['the folder of receipts', 'flight_recorder: {dir: HERE}'],
])('policy hash: machines that differ in %s have the same hash', async (_, text) => {
  expect(await policyOf(text, one)).toBe(await policyOf(text, other))
})

test('policy hash: machines of one fleet share it, whatever their names are', async () => {
  const fleet = (name: string) => policyOf(`learn: {sessions: {per: machine, machine: ${name}}}`)
  expect(await fleet('runner-1')).toBe(await fleet('runner-2'))
  expect(await fleet('runner-1')).toBe(await policyOf('learn: {sessions: {per: machine}}'))
  expect(await policyOf('learn: {sessions: {per: window, machine: runner-1}}')).toBe(await policyOf('{}'))
})

test('policy hash: capturing and the salt of digests change nothing', async () => {
  const bare = await policyOf('{}')
  expect(await policyOf('learn: {enabled: true, capture_dir: HERE}')).toBe(bare)
  expect(await policyOf('learn: {privacy: {salt_source: salt}}')).toBe(bare)
})

test.each([
  ['a file of secrets', 'dlp: {secrets_file: HERE/secrets}'],
  ['a learned floor', 'learn: {inference: {floors: {min_sessions: 9}}}'],
  ['a regulated pattern', 'learn: {privacy: {regulated_patterns: [{name: patient, regex: patient-}]}}'],
  ['the longest session', 'learn: {session_max_age_hours: 13}'],
  ['the unit that counts as one observation', 'learn: {sessions: {per: machine}}'],
  ['the lock of parameter names', 'learn: {parameters: lock}'],
  ['the mode', 'mode: audit'],
])('policy hash: %s changes it', async (_, text) => {
  expect(await policyOf(text)).not.toBe(await policyOf('{}'))
})

const ESCROW = '0b'.repeat(32)
const DEFAULTS = '8ebef4b564cfa8f25f41060266d1cb82188ab751fb1bae75c7ce76f9c11a031b'

// contracts in force name the hashes of their configurations: another value would make each one another policy
test.each([
  ['the defaults', '{}', DEFAULTS],
  ['logging', 'logging: {output: file, file: audit.log, format: text}', DEFAULTS],
  ['the recorder', 'flight_recorder: {dir: evidence, signing_key_path: receipt.key, checkpoint_interval: 5}', DEFAULTS],
  ['no recorder', 'flight_recorder: {enabled: false}', DEFAULTS],
  ['the listeners', 'metrics_listen: 127.0.0.1:9\nfetch_proxy: {listen: 127.0.0.1:7}', DEFAULTS],
  ['captures', `learn: {enabled: true, capture_dir: HERE, capture_escrow_public_key: ${ESCROW}}`, DEFAULTS],
  ['the salt', 'learn: {privacy: {salt_source: salt}}', DEFAULTS],
  [
    'a file of secrets',
    'dlp: {secrets_file: secrets}',
    'ac033b19bd6377e627a662b053c795b7a425dea76e9715a362b9fe76d3854673',
  ],
  [
    'dictionaries',
    'redaction: {dictionaries: {staff: {class: person, entries_file: words}, own: {class: other, entries: [Bob Example]}}}',
    'be396a2d081e51b22f7c0e80050dbd7fe678298657008dcdbdff2bbcc7906ebd',
  ],
  [
    'the lock',
    `learn_lock: {enabled: true, store_dir: HERE/store, roster_path: HERE/roster.json, pinned_root_fingerprint: "sha256:${'ab'.repeat(32)}", environment: {id: a, tenant: b, deployment_id: c}}`,
    '6ae96a700a2205877d39b30c91621964cc2467346e4b69ed919a2c79df10e7fa',
  ],
  [
    'lists without order',
    'api_allowlist: [b.example, a.example]\ninternal: [192.168.0.0/16, 10.0.0.0/8]\ntrusted_domains: [d.example, c.example]',
    '87ee8dc171867ed9b9db41ca8d913fb478d26c049b743867dff7e9eab417a632',
  ],
  [
    'keys beside the special ones',
    'redaction: {public_allowlist: [b.example, a.example]}\nfetch_proxy: {timeout_seconds: 5}\nlearn: {session_max_age_hours: 13, privacy: {allow_sensitive: true}}',
    '55c168b73a137c3637dccb8e7bb6145410cef723bfb931a96253bc4873b39f63',
  ],
])('policy hash of %s: keeps its value', async (_, text, expected) => {
  expect(await policyOf(text)).toBe(expected)
  expect(await policyOf(text, other)).toBe(expected)
})

describe('policy hash: the section of an outside plugin', () => {
  test.each([
    ['the folder of a file', '{file: words}'],
    ['the folder of files in a list and a mapping', '{files: [words], sources: {staff: {file: HERE/words}}}'],
  ])('%s is not part of it', async (_, section) => {
    expect(await policyOf(withRules(section), one)).toBe(await policyOf(withRules(section), other))
    expect(await policyOf(withRules(section))).not.toBe(await policyOf(withRules('{}')))
  })

  test.each([
    ['an omitted key', '{listen: "127.0.0.1:1"}', '{}'],
    ['the order of an unordered list', '{names: [a, b]}', '{names: [b, a]}'],
    ['the name of a file', '{file: words}', '{file: secrets}'],
  ])('%s changes nothing', async (_, section, same) => {
    expect(await policyOf(withRules(section))).toBe(await policyOf(withRules(same)))
  })

  test.each([
    ['a name', '{names: [a]}', '{names: [b]}'],
    ['the order of an ordered list', '{order: [a, b]}', '{order: [b, a]}'],
    ['the member beside a path', '{sources: {a: {file: words}}}', '{sources: {a: {file: words, label: b}}}'],
  ])('%s changes it', async (_, section, another) => {
    expect(await policyOf(withRules(section))).not.toBe(await policyOf(withRules(another)))
  })

  test('a relative path starts at the folder of the configuration, <home>/ at the home directory', async () => {
    const text = withRules('{file: words, files: [/a/b, <home>/c, ""], sources: {staff: {file: ./deep/er}}}')
    const {config} = await loadSource({kind: 'text', text, directory: one}, {home: join(root, 'home')})
    expect(config).toMatchObject({
      own_rules: {
        file: join(one, 'words'),
        files: ['/a/b', join(root, 'home/c'), ''],
        sources: {staff: {file: join(one, 'deep/er')}},
      },
    })
  })
})
