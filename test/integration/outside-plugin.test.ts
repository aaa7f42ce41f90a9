// Plugins from outside in a running firewall: the example is loaded, blocks, counts and explains itself; a plugin that
// fails blocks; a changed file is refused.
import {appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {request} from 'node:http'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {examine} from '../../src/cli/explain/examine.js'
import {absenceNote} from '../../src/cli/explain/recorded-report.js'
import {subjectOf} from '../../src/cli/explain/recorded.js'
import {bannerLines} from '../../src/host/banner.js'
import {loadConfig} from '../../src/host/config/load.js'
import {readPluginFolder} from '../../src/host/outside/folder.js'
import {createPorts} from '../../src/host/ports.js'
import {BASE, send, startFirewall, type TestFirewall, type TestOptions} from '../support/firewalls.js'
import {startOrigin, type Origin, type Respond} from '../support/origins.js'
import {buildExample, probePlugin, writePlugin, type BuiltPlugin} from '../support/outside-plugins.js'

let example: ReturnType<typeof buildExample>
beforeAll(() => {
  example = buildExample()
})
afterAll(() => rmSync(example.folder, {recursive: true, force: true}))

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

const RECORDER = 'flight_recorder: {enabled: false}\n'
const entry = ({folder, sha256}: BuiltPlugin): string =>
  `plugins: [{path: ${JSON.stringify(folder)}, sha256: ${sha256}}]\n`

async function start(text: string, options: TestOptions = {}): Promise<TestFirewall> {
  const fw = await startFirewall(`${BASE}${RECORDER}${text}`, options)
  open.push(fw)
  return fw
}

async function origin(respond?: Respond): Promise<Origin> {
  const o = await startOrigin(respond)
  open.push(o)
  return o
}

/** The message of a refused start. */
async function refusal(text: string): Promise<string> {
  try {
    await start(text, {start: false})
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('the configuration was accepted')
}

function post({firewall}: TestFirewall, url: string, body: string): Promise<{status: number; layer: unknown}> {
  return new Promise((resolve, reject) => {
    const {port} = firewall.addresses().main
    const headers = {host: new URL(url).host, 'content-type': 'application/json'}
    const req = request({host: '127.0.0.1', port, path: url, method: 'POST', agent: false, headers}, (res) => {
      res.resume()
      res.on('end', () => resolve({status: res.statusCode ?? 0, layer: res.headers['x-pipelock-block-reason-layer']}))
    })
    req.on('error', reject)
    req.end(body)
  })
}

const DENIED = 'deny_list: {words: [project-aurora]}\n'

describe('the example', () => {
  test('compiles against the published types', () => {
    expect(example.diagnostics).toBe('')
  })

  test('a denied text in URL, body and response is blocked under its layer, and counted', async () => {
    const fw = await start(`${entry(example)}${DENIED}`)
    const o = await origin(({url}, res) => {
      if (url !== '/stream') return void res.setHeader('content-type', 'text/plain').end('about Project-Aurora')
      res.setHeader('content-type', 'text/event-stream')
      res.end('data: about project-aurora\n\n')
    })
    const at = (path: string): string => `http://origin.example:${o.port}${path}`
    const byUrl = await send(fw.firewall, at('/?q=project-aurora'))
    expect([byUrl.status, byUrl.headers['x-pipelock-block-reason-layer']]).toEqual([403, 'plugin_deny_list'])
    expect(byUrl.headers['x-pipelock-block-reason']).toBe('request_policy_deny')
    expect(await post(fw, at('/'), '{"note": "PROJECT-aurora"}')).toEqual({status: 403, layer: 'plugin_deny_list'})
    expect(o.requests).toEqual([])
    const answered = await send(fw.firewall, at('/page'))
    expect([answered.status, answered.body.includes('Aurora')]).toEqual([403, false])
    await expect(send(fw.firewall, at('/stream'))).rejects.toThrow('aborted')
    const page = (await send(fw.firewall, '/metrics')).body
    expect(page).toMatch(/^# TYPE pipelock_plugin_deny_list_matches_total counter$/m)
    expect(page).toMatch(/^pipelock_plugin_deny_list_matches_total [4-9]$/m)
  })

  test('ordinary traffic passes', async () => {
    const fw = await start(`${entry(example)}${DENIED}`)
    const o = await origin()
    expect((await send(fw.firewall, `http://origin.example:${o.port}/guide?page=2`)).status).toBe(200)
    expect((await post(fw, `http://origin.example:${o.port}/`, '{"note": "aurora"}')).status).toBe(200)
  })

  test('audit mode reports a denied text and lets it pass', async () => {
    const fw = await start(`mode: audit\n${entry(example)}${DENIED}`)
    const o = await origin()
    expect((await send(fw.firewall, `http://origin.example:${o.port}/?q=project-aurora`)).status).toBe(200)
    expect((await send(fw.firewall, '/metrics')).body).toContain('scanner="plugin_deny_list"')
  })

  test('explain names its layer and the confirmed change of its own setting', async () => {
    const fw = await start(`${entry(example)}deny_list: {words: [other-word, project-aurora]}\n`, {start: false})
    const loaded = fw.firewall.loaded()
    const content = {bytes: Buffer.from('about project-aurora'), mediaType: 'text/plain'}
    const [report] = await examine(
      loaded,
      createPorts({home: join(fw.folder, 'home'), env: {}}),
      {url: 'https://example.com/', content},
      {surfaces: ['request'], resolve: false, hints: true},
    )
    expect(report?.layers.at(-1)).toMatchObject({layer: 'plugin_deny_list', state: 'fired'})
    expect(report?.findings).toMatchObject([
      {layer: 'plugin_deny_list', hint: {field: 'deny_list.words', value: ['other-word'], then: 'allowed'}},
    ])
  })

  test('its section is validated: a mistyped key refuses the start', async () => {
    expect(await refusal(`${entry(example)}deny_list: {wrods: []}\n`)).toMatch(
      /pipelock\.yaml:\d+:\d+: deny_list\.wrods: unknown field \(did you mean words\?\)/,
    )
    expect(await refusal(`deny_list: {words: []}\n`)).toContain('deny_list: unknown field')
  })
})

describe('explain of a recorded decision', () => {
  const READ_ONLY = `
    schema: (z) => ({read_only: z.strictObject({hosts: z.array(z.string()).default([])}).prefault({})}),
    create: ({read_only: {hosts}}) => ({hooks: {
      admit: ({method, transport, target}) =>
        method !== 'GET' && hosts.includes(target?.host)
          ? [{action: 'block', rule: target.host, detail: method + ' over ' + transport}]
          : [],
    }}),
    explain: {
      about: 'requests that change something',
      surfaces: ['url'],
      loosen: ({config, finding}) => [
        {field: 'read_only.hosts', value: config.read_only.hosts.filter((host) => host !== finding.rule), says: 'remove it'},
      ],
    }`
  const RECORDED = {
    requestId: 'req-1',
    actionId: '01890000-0000-7000-8000-000000aaaaaa',
    time: '2026-01-01T00:00:00Z',
    agent: 'coder',
    transport: 'forward',
    method: 'POST',
    target: 'http://git.example/x',
    verdict: 'block',
    layer: 'plugin_probe',
    pattern: 'git.example',
    severity: 'critical',
    policyHash: '',
    contractRule: '',
    file: 'evidence-proxy-0.jsonl',
    line: 1,
  }
  const judged = async (text: string, decision: typeof RECORDED) => {
    const fw = await start(text, {start: false})
    const loaded = fw.firewall.loaded()
    const ports = createPorts({home: join(fw.folder, 'home'), env: {}})
    const subject = subjectOf(decision) ?? {url: ''}
    const reports = await examine(loaded, ports, subject, {surfaces: ['url'], resolve: false, hints: true})
    return {report: reports[0], note: absenceNote(decision, reports, loaded)}
  }

  test.each([
    [RECORDED, 'POST over forward'],
    [{...RECORDED, transport: 'connect', method: 'CONNECT', target: 'git.example:443'}, 'CONNECT over connect'],
  ])('judges again with the recorded method and transport', async (decision, detail) => {
    const text = `${entry(probePlugin(READ_ONLY))}read_only: {hosts: [git.example]}\n`
    const {report, note} = await judged(text, decision)
    expect(report?.action).toBe('block')
    expect(report?.findings).toMatchObject([{detail, hint: {field: 'read_only.hosts', value: [], then: 'allowed'}}])
    expect(note).toBeUndefined()
  })

  test('names the sections of the plugin where its finding does not occur again', async () => {
    const {report, note} = await judged(`${entry(probePlugin(READ_ONLY))}read_only: {hosts: []}\n`, RECORDED)
    expect(report?.action).toBe('allow')
    expect(note).toMatch(/^plugin_probe has no finding now: .*; its settings: read_only$/)
  })

  test('has no note where nothing was judged again, or the request passed', () => {
    expect(absenceNote(RECORDED, [], {plugins: []})).toBeUndefined()
    expect(absenceNote({...RECORDED, verdict: 'allow'}, [], {plugins: []})).toBeUndefined()
  })

  test('a failing hook is reported with the plugin and the hook, as plugin_failed', async () => {
    const plugin = probePlugin('create: () => ({hooks: {admit() {}}})')
    await expect(judged(entry(plugin), RECORDED)).rejects.toMatchObject({
      code: 'plugin_failed',
      message: 'plugin probe: admit() failed: a hook must return a list of findings',
    })
  })
})

test('the banner names every plugin of the operator with the beginning of its digest', async () => {
  const plugin = probePlugin('create: () => ({hooks: {}})')
  const fw = await start(entry(plugin))
  const ports = createPorts({home: join(fw.folder, 'home'), env: {}})
  const lines = bannerLines(fw.firewall, ports, {origin: 'pipelock.yaml'})
  expect(lines.filter((line) => line.includes('Plugins:'))).toEqual([
    expect.stringMatching(`^ +Plugins: +probe \\(sha256 ${plugin.sha256.slice(0, 16)}\\)$`),
  ])
})

describe('the digest', () => {
  const loaded = async (text: string) => {
    const fw = await start(text, {start: false})
    return fw.firewall.loaded()
  }

  test('is part of the policy hash; the place of the folder is not', async () => {
    const here = probePlugin('create: () => ({hooks: {}})')
    const there = probePlugin('create: () => ({hooks: {}})')
    const other = probePlugin('create: () => ({hooks: {} })')
    const policy = async (plugin: BuiltPlugin | undefined) => {
      const {hashes} = await loaded(plugin ? entry(plugin) : '')
      return hashes.policy
    }
    expect(here.folder).not.toBe(there.folder)
    expect(await policy(here)).toBe(await policy(there))
    expect(await policy(here)).not.toBe(await policy(other))
    expect(await policy(here)).not.toBe(await policy(undefined))
  })

  test('another one than that of the files refuses the start and names it', async () => {
    const message = await refusal(entry({...example, sha256: '0'.repeat(64)}))
    expect(message).toContain(`plugins[0].sha256: the files have the digest ${example.sha256}`)
    expect(await refusal(`plugins: [{path: ${example.folder}}]\n`)).toContain('plugins[0].sha256: is required')
  })

  test('a file changed after the start: the reload fails, and the running policy still blocks', async () => {
    const plugin = probePlugin(`create: () => ({hooks: {admit: () => [{action: 'block', detail: 'never'}]}})`)
    const fw = await start(entry(plugin))
    const o = await origin()
    appendFileSync(join(plugin.folder, 'index.mjs'), '// changed\n')
    fw.rewrite(`${BASE}${RECORDER}${entry(plugin)}# touched\n`)
    expect(await fw.firewall.reload()).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('plugins[0].sha256') as string,
    })
    expect((await send(fw.firewall, `http://origin.example:${o.port}/`)).status).toBe(403)
  })

  test('a reload with the new digest runs the new code', async () => {
    const plugin = probePlugin(`create: () => ({hooks: {admit: () => [{action: 'block', detail: 'never'}]}})`)
    const fw = await start(entry(plugin))
    const o = await origin()
    writePlugin(
      {'index.mjs': `export default {apiVersion: 1, name: 'probe', create: () => ({hooks: {}})}\n`},
      plugin.folder,
    )
    const {digest} = readPluginFolder(plugin.folder)
    fw.rewrite(`${BASE}${RECORDER}${entry({...plugin, sha256: digest})}`)
    expect((await fw.firewall.reload()).status).toBe('success')
    expect((await send(fw.firewall, `http://origin.example:${o.port}/`)).status).toBe(200)
  })
})

describe('a failing hook blocks, also in audit mode', () => {
  const NONE = '{action: "block"}'
  test.each([
    ['inspect throws', `inspect() { throw new Error('x') }`],
    ['inspect rejects', `inspect: async () => { throw new Error('x') }`],
    ['inspect returns nothing', `inspect() {}`],
    ['inspect resolves with nothing', `inspect: async () => undefined`],
    ['a finding without detail', `inspect: () => [${NONE}]`],
    ['a finding that allows', `inspect: () => [{action: 'allow', detail: 'x'}]`],
    ['a finding with an unknown reason', `inspect: () => [{action: 'warn', detail: 'x', reason: 'mine'}]`],
    ['a finding with an unknown member', `inspect: () => [{action: 'warn', detail: 'x', hard: true}]`],
    ['admit throws', `admit() { throw new Error('x') }`],
    ['admit returns a promise', `admit: async () => []`],
    ['requires throws', `requires() { throw new Error('x') }`],
    ['requires more than the bound', `requires: () => ({maxBytes: Infinity, over() {}})`],
  ])('%s', async (_name, hook) => {
    const plugin = probePlugin(`create: () => ({hooks: {${hook}}})`)
    const fw = await start(`mode: audit\n${entry(plugin)}`)
    const o = await origin()
    expect((await post(fw, `http://origin.example:${o.port}/`, '{}')).status).toBe(403)
    expect(o.requests).toEqual([])
  })

  test('a stream whose watcher throws is cut before a byte of it moves', async () => {
    const watcher = `{maxEventBytes: 1000, feed() { throw new Error('x') }, unreadable: () => ({})}`
    const fw = await start(entry(probePlugin(`create: () => ({hooks: {watch: () => (${watcher})}})`)))
    const o = await origin((_request, res) => {
      res.setHeader('content-type', 'text/event-stream')
      res.end('data: one\n\n')
    })
    await expect(send(fw.firewall, `http://origin.example:${o.port}/`)).rejects.toThrow('aborted')
  })

  test('faults of observe and of samples block nothing, are counted, and leave /metrics complete', async () => {
    const plugin = probePlugin(`create: () => ({
      hooks: {observe: async () => { throw new Error('x') }},
      samples: () => [{name: 'no_total', help: '', value: NaN}],
    })`)
    const fw = await start(entry(plugin))
    const o = await origin()
    expect((await send(fw.firewall, `http://origin.example:${o.port}/`)).status).toBe(200)
    const page = (await send(fw.firewall, '/metrics')).body
    expect(page).toContain('pipelock_requests_total')
    expect(page).toMatch(/^pipelock_hook_failures_total [1-9]$/m)
    expect(page).not.toContain('plugin_probe')
  })

  test('a sample that changes its labels loses its series only', async () => {
    const plugin = probePlugin(`create() {
      let calls = 0
      return {hooks: {}, samples: () => [{name: 'x_total', help: 'x', value: 1, labels: calls++ ? {b: '1'} : {a: '1'}}]}
    }`)
    const fw = await start(entry(plugin))
    expect((await send(fw.firewall, '/metrics')).body).toContain('pipelock_plugin_probe_x_total{a="1"} 1')
    const again = await send(fw.firewall, '/metrics')
    expect([again.status, again.body.includes('pipelock_requests_total')]).toEqual([200, true])
  })
})

describe('a plugin is refused', () => {
  const CREATE = 'create: () => ({hooks: {}})'
  test.each([
    ['with another API version', `apiVersion: 2, ${CREATE}`, 'apiVersion must be 1'],
    ['with a name of another form', `name: 'Probe!', ${CREATE}`, 'name must have'],
    ['with the name of a built-in plugin', `name: 'dlp', ${CREATE}`, 'another plugin of the name dlp'],
    ['with an unknown member', `tools() {}, ${CREATE}`, 'unknown member tools'],
    ['without create', ``, 'create must be a function'],
    ['with an unknown hook', `create: () => ({hooks: {inspcet: () => []}})`, 'there is no hook inspcet'],
    ['with a hook that decides', `create: () => ({hooks: {contract: () => []}})`, 'there is no hook contract'],
    ['that cannot be built', `create() { throw new Error('no key') }`, 'plugin probe cannot be built: no key'],
    ['with a built-in section', `schema: (z) => ({dlp: z.strictObject({})}), ${CREATE}`, 'the section dlp belongs'],
    ['with a reserved section', `schema: (z) => ({sandbox: z.strictObject({})}), ${CREATE}`, 'the section sandbox'],
    ['with a loose section', `schema: (z) => ({own: z.object({})}), ${CREATE}`, 'own is not strict'],
    [
      'with a loose mapping inside',
      `schema: (z) => ({own: z.strictObject({list: z.array(z.looseObject({}))}).prefault({list: []})}), ${CREATE}`,
      'own.list.[] is not strict',
    ],
    ['with a foreign schema', `schema: () => ({own: {parse: () => 1}}), ${CREATE}`, 'not made with the given zod'],
    [
      'whose check finds a problem',
      `schema: (z) => ({own: z.string().default('')}), check: () => [{field: 'own', message: 'is wrong'}], ${CREATE}`,
      'own: is wrong (plugin probe)',
    ],
    [
      'whose check fails',
      `schema: (z) => ({own: z.string().default('')}), check() { throw new Error('x') }, ${CREATE}`,
      'own: the check of plugin probe failed',
    ],
    [
      'whose check returns texts',
      `schema: (z) => ({own: z.string().default('')}), check: () => ['is wrong'], ${CREATE}`,
      'own: the check of plugin probe failed: it must return a list of {field, message}',
    ],
    [
      'whose check returns one problem',
      `schema: (z) => ({own: z.string().default('')}), check: () => ({field: 'own', message: 'is wrong'}), ${CREATE}`,
      'it must return a list of {field, message}',
    ],
    ['whose explain is a text', `explain: 'texts', ${CREATE}`, 'plugin probe: explain must be an object'],
    ['whose explain has no surfaces', `explain: {about: 'x'}, ${CREATE}`, 'explain.surfaces must be a list of url'],
    ['with an unknown surface', `explain: {about: 'x', surfaces: ['body']}, ${CREATE}`, 'explain.surfaces must be'],
    ['whose explain has no about', `explain: {surfaces: []}, ${CREATE}`, 'explain.about must be text'],
    [
      'whose explain has an unknown member',
      `explain: {about: 'x', surfaces: [], losen() {}}, ${CREATE}`,
      'explain has the unknown member losen',
    ],
    [
      'whose remedy is a text',
      `explain: {about: 'x', surfaces: [], loosen: 'x'}, ${CREATE}`,
      'explain.loosen must be a function',
    ],
  ])('%s', async (_name, members, message) => {
    expect(await refusal(entry(probePlugin(members)))).toContain(message)
  })

  test('whose code throws when it is loaded', async () => {
    const folder = writePlugin({'index.mjs': `throw new Error('at load')\n`})
    expect(await refusal(entry({folder, sha256: readPluginFolder(folder).digest}))).toContain(
      'plugins[0]: the code cannot be loaded: at load',
    )
  })

  test('of a folder without entry file, missing, with a link or writable by others', async () => {
    const sha256 = '0'.repeat(64)
    const empty = writePlugin({'readme.txt': 'x'})
    expect(await refusal(entry({folder: empty, sha256: readPluginFolder(empty).digest}))).toContain(
      'no entry file: index.mjs or index.js',
    )
    expect(await refusal(entry({folder: '/nowhere/at/all', sha256}))).toContain('/nowhere/at/all does not exist')
    const linked = writePlugin({'index.mjs': 'export default {}\n'})
    symlinkSync('/etc/hostname', join(linked, 'link'))
    expect(await refusal(entry({folder: linked, sha256}))).toContain('link is a symbolic link')
    const shared = writePlugin({'index.mjs': 'export default {}\n'})
    chmodSync(join(shared, 'index.mjs'), 0o666)
    expect(await refusal(entry({folder: shared, sha256}))).toContain('others can change the plugin')
    chmodSync(join(shared, 'index.mjs'), 0o644)
    chmodSync(shared, 0o777)
    expect(await refusal(entry({folder: shared, sha256}))).toContain('others can change the plugin')
  })

  test('named by both path and package, by neither, or twice', async () => {
    const {folder, sha256} = probePlugin('create: () => ({hooks: {}})')
    const one = `{path: ${folder}, sha256: ${sha256}}`
    expect(await refusal(`plugins: [{sha256: ${sha256}}]\n`)).toContain('needs path or package, not both')
    expect(await refusal(`plugins: [{path: ${folder}, package: x, sha256: ${sha256}}]\n`)).toContain('not both')
    expect(await refusal(`plugins: [${one}, ${one}]\n`)).toContain(
      'plugins[1]: there is another plugin of the name probe',
    )
  })
})

test('an installed package is found from the folder of the configuration, with its dependencies under the digest', async () => {
  const home = writePlugin({
    'node_modules/my-plugin/package.json': '{"name": "my-plugin", "type": "module", "main": "./lib/main.js"}',
    'node_modules/my-plugin/lib/main.js': `import {words} from 'inner'
export default {apiVersion: 1, name: 'probe', create: (_config, {warn}) => (warn('plugins', words), {hooks: {}})}\n`,
    'node_modules/my-plugin/node_modules/inner/package.json': '{"name": "inner", "type": "module", "main": "index.js"}',
    'node_modules/my-plugin/node_modules/inner/index.js': `export const words = 'of the inner package'\n`,
  })
  const {digest} = readPluginFolder(join(home, 'node_modules/my-plugin'))
  mkdirSync(join(home, 'etc'))
  const path = join(home, 'etc', 'pipelock.yaml')
  const text = `${BASE}${RECORDER}plugins: [{package: my-plugin, sha256: ${digest}}]\n`
  writeFileSync(path, text)
  const {plugins} = await loadConfig(path, {home: join(home, 'state')})
  expect(plugins).toMatchObject([{name: 'probe', digest}])
  const warnings: string[] = []
  await plugins[0]?.plugin.create(
    {},
    {
      state: undefined,
      now: () => 0,
      warn: (_field, message) => void warnings.push(message),
      log: () => undefined,
    },
  )
  expect(warnings).toEqual(['of the inner package'])
  writeFileSync(path, text.replace('my-plugin', 'no-such-plugin'))
  await expect(loadConfig(path, {home: join(home, 'state')})).rejects.toThrow(
    'the package no-such-plugin is not installed',
  )
})
