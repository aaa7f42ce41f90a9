// One policy for every file: omitted settings are as in the balanced preset, in an empty file as well.
import {mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {chooseSource} from '../../../src/host/choose-source.js'
import {allSchemas, loadSource, type LoadedConfig} from '../../../src/host/config/load.js'
import {protections} from '../../../src/host/posture.js'
import {presetText} from '../../../src/host/presets.js'
import type {EffectiveConfig} from '../../../src/plugins/effective-config.js'

const home = '/srv/home'
const load = (text: string): Promise<LoadedConfig> => loadSource({kind: 'text', text, directory: '/srv'}, {home})
const embedded = (): Promise<LoadedConfig> => loadSource({kind: 'defaults'}, {home})

describe('the policy of a file', () => {
  test.each([
    ['an empty file', ''],
    ['a file with comments only', '# nothing\n'],
    ['a file with a version only', 'version: 1\n'],
    ['a file with empty sections', 'forward_proxy: {}\nrequest_body_scanning:\nflight_recorder: {}\n'],
  ])('%s has the policy of no file', async (_name, text) => {
    const [given, none] = [await load(text), await embedded()]
    expect({...given.config, version: undefined}).toEqual({...none.config, version: undefined})
  })

  test('the embedded preset: proxy, request bodies, responses and receipts are on', async () => {
    const {config} = await embedded()
    expect(config).toMatchObject({
      mode: 'balanced',
      forward_proxy: {enabled: true},
      request_body_scanning: {enabled: true, scan_headers: true},
      response_scanning: {enabled: true, include_defaults: true},
      flight_recorder: {
        enabled: true,
        dir: '/srv/home/evidence',
        signing_key_path: '/srv/home/agents/pipelock/id_ed25519',
      },
    })
  })

  test('every section alone leaves all others unchanged', async () => {
    const none = (await embedded()).config as unknown as Record<string, unknown>
    for (const section of Object.keys(await allSchemas())) {
      if (typeof none[section] !== 'object' || Array.isArray(none[section])) continue
      const {config} = await load(`${section}: {}\n`)
      expect({section, ...config}, section).toEqual({section, ...none})
    }
  })

  test('generate config writes the whole embedded policy: each key that it sets has the embedded value', async () => {
    const text = await presetText('balanced')
    const [written, none] = [(await load(text)).config, (await embedded()).config]
    // in this mode the list only lifts the blocklist, which names none of these hosts
    const {api_allowlist: hosts, redaction, ...rest} = written
    expect(hosts.length).toBeGreaterThan(0)
    expect({...rest, version: undefined}).toEqual({
      ...none,
      version: undefined,
      api_allowlist: undefined,
      redaction: undefined,
    })
    expect({...redaction, default_profile: '', profiles: {}}).toEqual(none.redaction)
    expect(parse(text)).toMatchObject({flight_recorder: {enabled: true, dir: '<home>/evidence'}})
  })

  test('a file that turns receipts off names no key', async () => {
    const {config} = await load('flight_recorder: {enabled: false}\n')
    expect(config.flight_recorder.signing_key_path).toBe('')
  })
})

describe('the choice of a configuration', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'choice-'))
  })
  afterAll(() => rmSync(folder, {recursive: true, force: true}))

  test('the flag precedes PIPELOCK_CONFIG, ./pipelock.yaml and the preset', () => {
    const local = join(folder, 'pipelock.yaml')
    const env = {PIPELOCK_CONFIG: 'b.yaml'}
    expect(chooseSource(undefined, {env: {}}, folder)).toMatchObject({path: undefined, source: {kind: 'defaults'}})
    writeFileSync(local, '')
    expect(chooseSource(undefined, {env: {}}, folder)).toMatchObject({path: local, isGiven: false})
    expect(chooseSource(undefined, {env: {PIPELOCK_CONFIG: ''}}, folder)).toMatchObject({path: local})
    expect(chooseSource(undefined, {env}, folder)).toMatchObject({path: 'b.yaml', origin: 'b.yaml (PIPELOCK_CONFIG)'})
    expect(chooseSource('a.yaml', {env}, folder)).toMatchObject({path: 'a.yaml', isGiven: true})
  })

  test('a dangling link is chosen, so that its missing target is reported', () => {
    const local = join(folder, 'pipelock.yaml')
    rmSync(local, {force: true})
    symlinkSync('nowhere', local)
    expect(chooseSource(undefined, {env: {}}, folder).path).toBe(local)
  })
})

describe('the list of protections', () => {
  const off = async (config: EffectiveConfig): Promise<readonly string[]> =>
    (await protections(config)).flatMap(({name, on}) => (on ? [] : [name]))

  test('shows every part of the embedded preset as on, except those that need a decision', async () => {
    expect(await off((await embedded()).config)).toEqual([
      'browser shield',
      'A2A messages',
      'redaction',
      'cross-request',
      'wallet addresses',
      'contract lock',
      'captures',
      'mediation envelope',
      'TLS interception',
      'WebSocket proxy',
      'reverse proxy',
    ])
  })

  test.each([
    ['enforcement', 'enforce: false'],
    ['enforcement', 'mode: audit'],
    ['forward proxy', 'forward_proxy: {enabled: false}'],
    ['blocklist', 'fetch_proxy: {monitoring: {blocklist: []}}'],
    ['internal networks', 'internal: []'],
    ['URL entropy', 'fetch_proxy: {monitoring: {entropy_threshold: 0}}'],
    ['rate limit', 'fetch_proxy: {monitoring: {max_requests_per_minute: 0}}'],
    ['credential patterns', 'dlp: {include_defaults: false}'],
    ['environment secrets', 'dlp: {scan_env: false}'],
    ['request bodies', 'request_body_scanning: {enabled: false}'],
    ['request headers', 'request_body_scanning: {scan_headers: false}'],
    ['body entropy', 'request_body_scanning: {content_entropy_threshold: 0}'],
    ['responses', 'response_scanning: {enabled: false}'],
    ['injection rules', 'response_scanning: {include_defaults: false}'],
    ['event streams', 'response_scanning: {sse_streaming: {enabled: false}}'],
    ['media policy', 'media_policy: {enabled: false}'],
    ['seed phrases', 'seed_phrase_detection: {enabled: false}'],
    ['receipts', 'flight_recorder: {enabled: false}'],
    ['receipts', 'flight_recorder: {signing_key_path: ""}'],
  ])('shows %s as off under %s', async (name, text) => {
    expect(await off((await load(`${text}\n`)).config)).toContain(name)
  })
})
