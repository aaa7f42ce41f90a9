// The command line as a user meets it: output, streams and exit status of the frame's own commands. Runs the build.
import {spawn, spawnSync} from 'node:child_process'
import {createServer as createHttpServer} from 'node:http'
import {connect, createServer} from 'node:net'
import type {AddressInfo} from 'node:net'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {runCommand} from '../support/warm-cli.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home'), ...extra}
}

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** A command behind the entry point, which `spawned` includes. */
function pipelock(...words: string[]): Ended {
  const {status, stdout, stderr} = runCommand(words, {cwd: folder, env: environment()})
  return {status, out: stdout, err: stderr}
}

function spawned(...words: string[]): Ended {
  const {status, stdout, stderr} = spawnSync(process.execPath, [entry, ...words], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
    timeout: 30_000,
  })
  return {status, out: stdout, err: stderr}
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('help and usage', () => {
  test('prints the version and the root help without loading the frame', () => {
    expect(spawned('--version')).toEqual({status: 0, out: 'pipelock 0.1.0\n', err: ''})
    const help = spawned('--help')
    expect(help).toMatchObject({status: 0, err: ''})
    for (const word of ['run', 'check', 'generate config', 'verify-receipt', 'EXIT STATUS'])
      expect(help.out).toContain(word)
    expect(help.out).not.toMatch(/^ {2}base/m)
    expect(spawned().out).toBe(help.out)
    expect(spawned('help').out).toBe(help.out)
    expect(spawned('-h').out).toBe(help.out)
  })

  test('a container whose user has no name runs commands', ({skip}) => {
    if (process.getuid?.() !== 0) skip('only root can run a command as another user')
    const {status, stderr} = spawnSync(process.execPath, [entry, 'version'], {
      env: {PATH: process.env['PATH'] ?? '', HOME: '/'},
      uid: 54_321,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })

  test('says of every command and topic in one style what it is for, and shows an example', () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as unknown
    const {commands} = read('oclif.manifest.json') as {
      commands: Record<string, {summary?: string; examples?: readonly string[]}>
    }
    const {topics} = (read('package.json') as {oclif: {topics: Record<string, {description: string}>}}).oclif
    const expected = new Set<string>()
    for (const [id, {summary = '', examples = []}] of Object.entries(commands)) {
      expect(`${id}: ${summary}`).toMatch(/: [A-Z].*[^.]$/)
      expect(`${id}: ${examples.length}`).not.toMatch(/: 0$/)
      for (let at = id.indexOf(':'); at > 0; at = id.indexOf(':', at + 1)) expected.add(id.slice(0, at))
    }
    expect(Object.keys(topics).sort()).toEqual([...expected].sort())
    for (const {description} of Object.values(topics)) expect(description).toMatch(/^[A-Z].*[^.]$/)
  })

  test('help fits a terminal of 80 columns: usage breaks between options, text only where a line is full', () => {
    const {stdout} = spawnSync(process.execPath, [entry, 'report', '--help'], {
      env: {...environment(), COLUMNS: '80'},
      encoding: 'utf8',
    })
    const [, usage = '', text = ''] = /USAGE\n([^]*?)\n\n[^]*DESCRIPTION\n([^]*?)\n\n/.exec(stdout) ?? []
    const count = (line: string, mark: string) => line.split(mark).length
    for (const line of usage.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80)
      expect([line, count(line, '[')]).toEqual([line, count(line, ']')])
    }
    const lines = text.split('\n')
    expect(lines.length).toBeGreaterThan(3)
    for (const [i, line] of lines.slice(0, -1).entries()) {
      const next = lines[i + 1]?.trim().split(' ')[0] ?? ''
      expect([line, `${line} ${next}`.length > 78]).toEqual([line, true])
    }
    expect(stdout.split('Verify a folder of evidence and report')).toHaveLength(2)
  })

  test('explains a command and a topic', () => {
    for (const words of [
      ['check', '--help'],
      ['check', '-h'],
      ['help', 'check'],
    ]) {
      const {status, out} = spawned(...words)
      expect(status).toBe(0)
      expect(out).toContain('--url=URL')
    }
    const topic = pipelock('signing')
    expect(topic.status).toBe(0)
    expect(topic.out).toContain('signing roster')
  })

  test('refuses what it does not know with status 2 and one hint', () => {
    expect(spawned('chekc')).toEqual({
      status: 2,
      out: '',
      err: 'error: usage: unknown command "chekc"\nhint: did you mean pipelock check?\n',
    })
    // the value of an option is not repeated
    expect(pipelock('signing', 'kye', '--passphrase', 'moonlit-harbour').err).toBe(
      'error: usage: unknown command "signing kye"\nhint: did you mean pipelock signing key?\n',
    )
    expect(pipelock('learn', 'zzzzzzzz').err).toMatch(/\nhint: one of: learn aggregate, learn compile, /)
    expect(pipelock('zzzzzzzz').err).toContain('\nhint: see pipelock --help\n')
    expect(pipelock('check', '--zzzzzzzz')).toEqual({
      status: 2,
      out: '',
      err: 'error: usage: unknown flag --zzzzzzzz\nhint: see pipelock check --help\n',
    })
    expect(pipelock('check', '--confg=moonlit-harbour').err).toBe(
      'error: usage: unknown flag --confg; did you mean --config?\nhint: see pipelock check --help\n',
    )
    expect(pipelock('learn', 'promote').err).toContain(
      'error: usage: --activation-key, --contract-hash and --selector are missing\n',
    )
    expect(pipelock('learn', 'diff', 'one.json').err).toContain('error: usage: SECOND is missing\n')
    // the parser adds advice about repeatable flags to this one
    expect(pipelock('integrity', 'verify').err).toContain('error: usage: PATH is missing\n')
    expect(pipelock('check', 'word').status).toBe(2)
    expect(pipelock('run', 'curl', '--', 'x')).toMatchObject({
      status: 2,
      err: expect.stringContaining('curl') as string,
    })
    expect(pipelock('run', '--mode', 'loose').status).toBe(2)
    expect(pipelock('run', '--listen', 'nowhere').status).toBe(2)
    expect(pipelock('run', '--capture-duration', '5s').status).toBe(2)
    expect(pipelock('run', '--reverse-proxy').err).toContain('--reverse-upstream')
    expect(pipelock('run', '--reverse-upstream', 'http://a/').err).toContain('--reverse-proxy')
    const reverse = ['run', '--listen', '127.0.0.1:0', '--reverse-proxy', '--reverse-upstream']
    expect(pipelock(...reverse, 'http://a/', '--reverse-listen', 'x').err).toContain('--reverse-listen: x is not')
    for (const url of ['ftp://a/', 'http://user@a/', 'http://a/?q=1', 'a:80']) {
      const {status, err} = pipelock(...reverse, url)
      expect([url, status]).toEqual([url, 2])
      expect(err).toContain('reverse_proxy.upstream: must be an http or https URL')
    }
  })

  test('with --json an error is one document on standard output as well', () => {
    const {status, out, err} = pipelock('check', '--json', '--zzzzzzzz')
    expect(status).toBe(2)
    expect(JSON.parse(out)).toEqual({
      error: 'usage',
      message: 'unknown flag --zzzzzzzz',
      hint: 'see pipelock check --help',
    })
    expect(err).toContain('error: usage')
  })
})

describe('check', () => {
  test('says what a valid configuration holds', () => {
    const path = write('good.yaml', 'mode: strict\napi_allowlist: [api.example.com]\n')
    const {status, out} = pipelock('check', '-c', path)
    expect(status).toBe(0)
    expect(out).toMatch(
      /^Config validation: OK\n {2}Mode: +strict\n {2}Listen: +127\.0\.0\.1:8888\n {2}API allowlist: +1\n/,
    )
    const json = pipelock('check', '-c', path, '--json')
    expect(JSON.parse(json.out)).toMatchObject({
      valid: true,
      mode: 'strict',
      api_allowlist: 1,
      blocklist: 6,
      max_url_length: 2048,
    })
  })

  test('names every problem with its place and ends with 2', () => {
    const path = write('bad.yaml', 'mode: strikt\nfetch_prox: {}\nairlock: {}\n')
    const {status, out, err} = pipelock('check', '-c', path)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(`${path}:1:7: mode: must be one of strict, balanced, audit`)
    expect(err).toContain(`${path}:2:1: fetch_prox: unknown field (did you mean fetch_proxy?)`)
    expect(err).toContain(`${path}:3:1: airlock: not supported yet`)
    expect(err).not.toMatch(/\n\s+at /)
    const json = pipelock('check', '-c', path, '--json')
    expect(json.status).toBe(2)
    const {valid, problems} = JSON.parse(json.out) as {valid: boolean; problems: {field: string}[]}
    expect([valid, problems.map((p) => p.field)]).toEqual([false, ['mode', 'fetch_prox', 'airlock']])
  })

  test('finds what only compiling finds', () => {
    const path = write('regex.yaml', 'dlp: {patterns: [{name: x, regex: "a(", severity: high}]}\n')
    expect(pipelock('check', '-c', path).status).toBe(2)
  })

  test('cannot read a missing file: 2', () => {
    expect(pipelock('check', '-c', join(folder, 'none.yaml'))).toMatchObject({status: 2, out: ''})
  })

  test('judges a URL without sending or resolving it', () => {
    expect(pipelock('check', '--url', 'https://api.example.com/v1/models')).toMatchObject({
      status: 0,
      out: expect.stringContaining('Result:   ALLOWED\nScanner:  all\nScore:    0.00') as string,
      err: '',
    })
    const blocked = pipelock('check', '--url', 'https://www.pastebin.com/x', '--json')
    expect(blocked.status).toBe(1)
    expect(JSON.parse(blocked.out)).toMatchObject({
      result: 'BLOCKED',
      scanner: 'blocklist',
      block_reason: 'domain_blocklist',
    })
    expect(pipelock('check', '--url', 'http://169.254.169.254/latest/').status).toBe(1)
    expect(pipelock('check', '--url', 'http://[::1]:80/').status).toBe(1)
    // a name that does not exist: nothing was asked
    expect(pipelock('check', '--url', 'https://name.invalid/').status).toBe(0)
  })
})

describe('generate config', () => {
  test.each(['balanced', 'strict', 'audit'])('%s passes check', (preset) => {
    const path = join(folder, `${preset}.yaml`)
    expect(pipelock('generate', 'config', '--preset', preset, '-o', path)).toMatchObject({status: 0})
    const {status, out} = pipelock('check', '-c', path, '--json')
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({valid: true, mode: preset, blocklist: 6})
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('not supported by this version yet')
    expect(text).toMatch(/escalation_threshold: [35]\.0, decay_per_clean_request: 0\.2?5\}/)
    expect(readdirSync(folder).filter((f) => f.includes('.tmp'))).toEqual([])
  })

  test('does not replace a file unasked', () => {
    const path = write('mine.yaml', 'mode: audit\n')
    expect(pipelock('generate', 'config', '-o', path)).toMatchObject({
      status: 1,
      err: expect.stringContaining('file_exists') as string,
    })
    expect(readFileSync(path, 'utf8')).toBe('mode: audit\n')
    expect(pipelock('generate', 'config', '-o', path, '--force').status).toBe(0)
    expect(readFileSync(path, 'utf8')).toContain('preset balanced')
  })

  test('prints YAML on standard output and nothing else', () => {
    const {out, err} = pipelock('generate', 'config')
    expect(out).toMatch(/^# Pipelock, preset balanced/)
    expect(err).toBe('')
  })
})

test('config schema is a JSON Schema of every section', () => {
  const schema = JSON.parse(pipelock('config', 'schema').out) as {
    properties: Record<string, unknown>
    additionalProperties: boolean
  }
  expect(schema.additionalProperties).toBe(false)
  for (const name of ['mode', 'fetch_proxy', 'dlp', 'flight_recorder', 'learn', 'learn_lock'])
    expect(schema.properties).toHaveProperty(name)
})

interface Running {
  readonly err: () => string
  readonly out: () => string
  readonly port: number
  signal(signal: NodeJS.Signals): void
  /** Resolves once standard output holds the text. */
  printed(text: string): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

function start(cwd: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const child = spawn(process.execPath, [entry, 'run', ...words], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const ended = new Promise<number | null>((done) => child.once('close', done))
  return new Promise((done, fail) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
      const port = /Listen: +127\.0\.0\.1:(\d+)/.exec(err)?.[1]
      if (port === undefined || !err.includes('Not seen:')) return
      done({
        err: () => err,
        out: () => out,
        port: Number(port),
        signal: (signal) => void child.kill(signal),
        async printed(text) {
          while (!out.includes(text)) await new Promise((next) => child.stdout.once('data', next))
        },
        stop(signal = 'SIGTERM') {
          child.kill(signal)
          return ended
        },
      })
    })
    void ended.then((code) => fail(new Error(`ended with ${code}: ${err}`)))
  })
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    }).on('error', () => done(false))
  })
}

describe('healthcheck', () => {
  test('says where the reason of a 503 stands, since the page does not', async () => {
    const server = createHttpServer((_, response) =>
      response
        .writeHead(503)
        .end(
          '{"status":"unhealthy","reasons":["contract_key_expired"],"version":"1","mode":"strict","uptime_seconds":1}',
        ),
    ).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    const child = spawn(process.execPath, [
      entry,
      'healthcheck',
      '--addr',
      `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ])
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const status = await new Promise((done) => child.once('close', done))
    await new Promise((done) => server.close(done))
    expect({status, out}).toEqual({
      status: 1,
      out: expect.stringMatching(/^unhealthy: contract_key_expired; .*subsystem_unhealthy/) as string,
    })
  })
})

describe('run', () => {
  test('serves, reloads on SIGHUP, stops with 0, and logs each', async () => {
    const path = write('run.yaml', 'fetch_proxy: {listen: "127.0.0.1:0"}\n')
    const running = await start(folder, ['-c', path])
    expect(pipelock('healthcheck', '--addr', `127.0.0.1:${running.port}`)).toMatchObject({status: 0, out: 'healthy\n'})
    writeFileSync(path, 'fetch_proxy: {listen: "127.0.0.1:0"}\nexplain_blocks: true\n')
    running.signal('SIGHUP')
    await running.printed('"event":"config_reload","status":"success"')
    expect(await running.stop()).toBe(0)
    expect(running.err()).toMatch(/^Pipelock v0\.1\.0 starting\n/)
    expect(running.err()).toMatch(/Pipelock stopped\.\n$/)
    const events = running
      .out()
      .split('\n')
      .filter(Boolean)
      .map((l) => JSON.parse(l) as {event: string; reason?: string})
    expect(events[0]?.event).toBe('startup')
    expect(events.at(-1)).toMatchObject({event: 'shutdown', reason: 'signal received'})
    expect(pipelock('healthcheck', '--addr', `127.0.0.1:${running.port}`).status).toBe(1)
  })

  test('opens no debugger on SIGUSR1, and a second stop signal does not wait', async () => {
    let arrived = (): void => undefined
    const atOrigin = new Promise<void>((done) => (arrived = done))
    const origin = createServer(() => arrived()).listen(0, '127.0.0.1')
    await new Promise((done) => origin.once('listening', done))
    const {port} = origin.address() as AddressInfo
    const path = write(
      'slow.yaml',
      'fetch_proxy: {listen: "127.0.0.1:0"}\ntrusted_domains: [o.example]\ndns: {host_overrides: {o.example: 127.0.0.1}}\nkill_switch: {signal_mode: off}\n',
    )
    const running = await start(folder, ['-c', path])
    const client = connect(running.port, '127.0.0.1', () => {
      client.write(`GET /fetch?url=http://o.example:${port}/ HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    })
    client.on('error', () => undefined)
    await atOrigin
    running.signal('SIGUSR1')
    running.signal('SIGTERM')
    // refused: the first signal has been taken, and the request above is waited for
    while (await accepts(running.port)) continue
    expect(await running.stop('SIGTERM')).toBe(1)
    expect(running.err()).not.toMatch(/Debugger|Pipelock stopped/)
    client.destroy()
    origin.close()
  })

  test('an address in use ends with 1, a broken file with 2', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => blocker.once('listening', done))
    const {port} = blocker.address() as AddressInfo
    const good = write('busy.yaml', 'mode: balanced\n')
    expect(spawned('run', '-c', good, '-l', `127.0.0.1:${port}`)).toMatchObject({
      status: 1,
      err: expect.stringContaining('address_in_use') as string,
    })
    blocker.close()
    expect(spawned('run', '-c', write('broken.yaml', 'mode: [')).status).toBe(2)
  })

  test('without any configuration: embedded preset, recorder, a key made once', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'first-'))
    const home = join(empty, 'home')
    try {
      const running = await start(empty, ['-l', '127.0.0.1:0'], {PIPELOCK_HOME: home})
      expect(running.err()).toMatch(/Config: +no pipelock\.yaml here: embedded preset balanced/)
      expect(running.err()).toMatch(/Receipts: +signed by [0-9a-f]{64}; made the key .*id_ed25519\n/)
      expect(running.err()).toMatch(/Proxy: +HTTP_PROXY=/)
      expect(running.err()).toMatch(/Not seen: +WebSocket and MCP messages/)
      expect(await running.stop()).toBe(0)
      const key = join(home, 'agents', 'pipelock', 'id_ed25519')
      expect(statSync(key).mode & 0o777).toBe(0o600)
      const made = readFileSync(key, 'utf8')
      expect(running.err() + running.out()).not.toContain(made.split('\n')[1])
      expect(existsSync(join(empty, 'pipelock.yaml'))).toBe(false)
      const again = await start(empty, ['-l', '127.0.0.1:0'], {PIPELOCK_HOME: home})
      expect(again.err()).not.toContain('made the key')
      expect(await again.stop('SIGINT')).toBe(0)
      expect(readFileSync(key, 'utf8')).toBe(made)
    } finally {
      rmSync(empty, {recursive: true, force: true})
    }
  })

  test('takes ./pipelock.yaml, and leaves flags behind -- to the agent', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'local-'))
    try {
      writeFileSync(join(cwd, 'pipelock.yaml'), 'fetch_proxy: {listen: "127.0.0.1:0"}\n')
      const running = await start(cwd, [
        '--',
        process.execPath,
        '-e',
        'setInterval(() => {}, 1000)',
        '--',
        '--listen',
        '127.0.0.1:1',
      ])
      expect(await running.stop()).toBe(128 + 15)
      expect(running.err()).toMatch(/Config: +pipelock\.yaml/)
    } finally {
      rmSync(cwd, {recursive: true, force: true})
    }
  })
})

test('says what is wrong with the choice of an engine', () => {
  const {status, stdout, stderr} = spawnSync(process.execPath, [entry, 'check', '--url', 'https://a.example/'], {
    cwd: folder,
    env: environment({PIPELOCK_REGEX: 'builtin'}),
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain('error: usage: PIPELOCK_REGEX: unknown regular expression engine "builtin"')
})

describe('flags that were renamed', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as {
    commands: Record<string, {flags: Record<string, {aliases?: readonly string[]}>}>
  }

  test('keep their former name, which help does not show and a script is not warned about', () => {
    const renamed = Object.entries(manifest.commands).flatMap(([id, {flags}]) =>
      Object.entries(flags).flatMap(([name, {aliases = []}]) => aliases.map((former) => ({id, name, former}))),
    )
    expect(renamed.map(({id, name, former}) => `${id} --${former} ${name}`)).toContain(
      'signing:key:export-public --key key-file',
    )
    for (const {id, name, former} of renamed) {
      expect([id, former, Object.keys(manifest.commands[id]?.flags ?? {}).includes(former)]).toEqual([
        id,
        former,
        false,
      ])
      expect(name).not.toBe(former)
    }
    const old = pipelock(
      'signing',
      'key',
      'export-public',
      '--key',
      join(folder, 'none.json'),
      '--out',
      join(folder, 'x'),
    )
    expect(old.err).toMatch(/^error: file_not_found: [^\n]*none\.json[^\n]*\n/)
    expect(pipelock('signing', 'key', 'export-public', '--help').out).not.toMatch(/--key[ =]/)
  })

  test('at a terminal the new name is shown', () => {
    const words = `'${process.execPath}' '${entry}' signing key export-public --key none.json --out /x.pub`
    const {stdout} = spawnSync('script', ['-qec', words, '/dev/null'], {
      cwd: folder,
      env: environment(),
      encoding: 'utf8',
    })
    expect(stdout).toContain('warning: --key is now --key-file')
  })
})
