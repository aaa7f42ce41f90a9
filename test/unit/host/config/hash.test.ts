// The policy hash names what a configuration decides: it enters signed contracts, so it must not name one machine's folders.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {loadSource} from '../../../../src/host/config/load.js'

const root = mkdtempSync(join(tmpdir(), 'policy-hash-'))
const [one, other] = [join(root, 'one'), join(root, 'other')]

beforeAll(() => {
  for (const folder of [one, other]) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'secrets'), 'correct-horse-battery-staple\n', {mode: 0o600})
    writeFileSync(join(folder, 'words'), 'Ada Example\n', {mode: 0o600})
  }
})
afterAll(() => rmSync(root, {recursive: true}))

/** The hash of a configuration in `folder`, which `HERE` stands for. */
const policyOf = async (text: string, folder = one): Promise<string> => {
  const {hashes} = await loadSource({kind: 'text', text: `${text.replaceAll('HERE', folder)}\n`, directory: folder})
  return hashes.policy
}

test.each([
  ['the folder of captures', 'learn: {enabled: true, capture_dir: HERE}'],
  ['the file of secrets', 'dlp: {secrets_file: HERE/secrets}'],
  ['the folder that a relative path counts from', 'dlp: {secrets_file: secrets}'],
  ['the file of a dictionary', 'redaction: {dictionaries: {staff: {class: person, entries_file: HERE/words}}}'],
  ['the folder of receipts', 'flight_recorder: {dir: HERE}'],
])('policy hash: machines that differ in %s have the same hash', async (_, text) => {
  expect(await policyOf(text, one)).toBe(await policyOf(text, other))
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
  ['the mode', 'mode: audit'],
])('policy hash: %s changes it', async (_, text) => {
  expect(await policyOf(text)).not.toBe(await policyOf('{}'))
})
