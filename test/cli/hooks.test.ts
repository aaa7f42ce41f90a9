// oclif runs every command: its hooks fire, at a terminal and elsewhere an unknown command ends safely, and shells complete.
// Runs the build.
import {spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oclif-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const environment = () => ({PATH: process.env['PATH'] ?? '', HOME: folder, SHELL: '/bin/bash', TERM: 'xterm'})

function run(entry: string, ...words: readonly string[]) {
  const {status, stdout, stderr} = spawnSync(process.execPath, [entry, ...words], {
    cwd: folder,
    env: environment(),
    input: 'y\n',
    encoding: 'utf8',
    timeout: 60_000,
  })
  return {status, stdout, stderr}
}

const pipelock = (...words: readonly string[]) => run(join(root, 'bin/run.js'), ...words)

describe('hooks', () => {
  /** A copy of the product whose package.json names hooks; each writes its event and id to a file. */
  function withHooks(events: readonly string[]): {readonly entry: string; readonly log: () => readonly string[]} {
    const copy = mkdtempSync(join(folder, 'hooked-'))
    const {oclif, ...pjson} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {oclif: {hooks: object}}
    const log = join(copy, 'log')
    writeFileSync(log, '')
    mkdirSync(join(copy, 'hooks'))
    for (const event of events) {
      const text = `import {appendFileSync} from 'node:fs'
        export default async ({id, Command}) => appendFileSync(${JSON.stringify(log)}, '${event} ' + (id ?? Command.id) + '\\n')`
      writeFileSync(join(copy, 'hooks', `${event}.js`), text)
    }
    const hooks = Object.fromEntries(events.map((event) => [event, `./hooks/${event}.js`]))
    writeFileSync(
      join(copy, 'package.json'),
      JSON.stringify({...pjson, oclif: {...oclif, hooks: {...hooks, ...oclif.hooks}}}),
    )
    for (const name of ['bin', 'oclif.manifest.json']) cpSync(join(root, name), join(copy, name), {recursive: true})
    for (const name of ['dist', 'node_modules']) symlinkSync(join(root, name), join(copy, name))
    return {entry: join(copy, 'bin/run.js'), log: () => readFileSync(log, 'utf8').split('\n').filter(Boolean)}
  }

  test('init, prerun, postrun and finally fire around a command', () => {
    const {entry, log} = withHooks(['init', 'prerun', 'postrun', 'finally'])
    expect(run(entry, 'config', 'schema').status).toBe(0)
    expect(log()).toEqual([
      'init config:schema',
      'prerun config:schema',
      'postrun config:schema',
      'finally config:schema',
    ])
  })

  test('finally fires when a command fails, and the exit status stays', () => {
    const {entry, log} = withHooks(['finally'])
    expect(run(entry, 'check', '-c', join(folder, 'none.yaml')).status).toBe(2)
    expect(log()).toEqual(['finally check'])
  })

  test('plugins below the home directory are not loaded', () => {
    const data = join(folder, '.local/share/pipelock')
    const plugin = join(data, 'node_modules/evil')
    mkdirSync(plugin, {recursive: true})
    writeFileSync(
      join(data, 'package.json'),
      JSON.stringify({dependencies: {evil: '1.0.0'}, oclif: {plugins: [{type: 'user', name: 'evil', tag: 'latest'}]}}),
    )
    const pjson = {name: 'evil', version: '1.0.0', type: 'module', oclif: {hooks: {init: './init.js'}}}
    writeFileSync(join(plugin, 'package.json'), JSON.stringify(pjson))
    writeFileSync(join(plugin, 'init.js'), 'export default () => console.log("evil")')
    expect(pipelock('version').stdout).not.toContain('evil')
    expect(pipelock('autocomplete', 'fish').stdout).not.toContain('evil')
  })
})

describe('an unknown command', () => {
  test('asks nothing where standard input is a pipe, even when a reply lies in it', () => {
    expect(pipelock('versoin')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: usage: unknown command "versoin"\nhint: did you mean pipelock version?\n',
    })
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  const atTerminal = (reply: string, ...words: readonly string[]) => {
    const line = [process.execPath, join(root, 'bin/run.js'), ...words].map((word) => `'${word}'`).join(' ')
    const {status, stdout} = spawnSync('script', ['-qec', line, '/dev/null'], {
      cwd: folder,
      env: environment(),
      input: reply,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return {status, text: stdout.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '')}
  }

  test('at a terminal runs the command that was meant, once confirmed', ({skip}) => {
    if (!hasScript) skip('script (util-linux) is missing')
    const {status, text} = atTerminal('y\r', 'versoin')
    expect([status, text]).toEqual([0, expect.stringMatching(/Did you mean version\?[^]*pipelock 0\.1\.0 /)])
  })

  test('at a terminal is an error, once declined', ({skip}) => {
    if (!hasScript) skip('script (util-linux) is missing')
    const {status, text} = atTerminal('n\r', 'versoin')
    expect(status).toBe(2)
    expect(text).toContain('error: usage: unknown command "versoin"')
    expect(text).not.toContain('pipelock 0.1.0')
  })

  test('at a terminal asks nothing when no command is near', ({skip}) => {
    if (!hasScript) skip('script (util-linux) is missing')
    expect(atTerminal('', 'zzzzzzzz')).toEqual({
      status: 2,
      text: 'error: usage: unknown command "zzzzzzzz"\r\nhint: see pipelock --help\r\n',
    })
  })
})

describe('completion', () => {
  const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['pipelock le', ['learn'], ['check']],
    ['pipelock learn ra', ['ratify'], ['review']],
    ['pipelock signing key ', ['generate', 'export-public'], ['roster']],
    ['pipelock check --u', ['--url'], ['--text']],
    ['pipelock learn ratify --inter', ['--interactive'], ['--candidate']],
  ]

  let setup = ''
  let fishScript = ''
  beforeAll(() => {
    expect(pipelock('autocomplete', 'bash').status).toBe(0)
    setup = pipelock('autocomplete', 'script', 'bash').stdout
    const fish = pipelock('autocomplete', 'fish')
    expect(fish.status).toBe(0)
    fishScript = fish.stdout
  })

  test.each(CASES)('bash completes %j', (line, expected, others) => {
    const words = line.split(' ')
    const script = `${setup}
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1} COMP_LINE='${line}'
      COMP_POINT=\${#COMP_LINE}
      $(complete -p pipelock | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const {stdout, stderr} = spawnSync('bash', ['--norc', '-c', script], {env: environment(), encoding: 'utf8'})
    const completed = stdout.split('\n')
    expect([stderr, completed]).toEqual(['', expect.arrayContaining([...expected])])
    for (const other of others) expect(completed).not.toContain(other)
  })

  test('zsh reads its script', ({skip}) => {
    if (spawnSync('zsh', ['--version']).status !== 0) skip('zsh is missing')
    pipelock('autocomplete', 'zsh')
    const path = join(folder, '.cache/pipelock/autocomplete/functions/zsh/_pipelock')
    expect(spawnSync('zsh', ['-n', path], {encoding: 'utf8'})).toMatchObject({status: 0, stderr: ''})
  })

  test('powershell: the script names commands and flags', () => {
    expect(pipelock('autocomplete', 'powershell').status).toBe(0)
    const path = join(folder, '.cache/pipelock/autocomplete/functions/powershell/pipelock.ps1')
    const text = readFileSync(path, 'utf8')
    for (const name of ['"ratify"', '"interactive"', 'Register-ArgumentCompleter']) expect(text).toContain(name)
  })

  test('fish: the script has a line for each command and flag, and quotes what help says', () => {
    const lines = fishScript.split('\n')
    expect(lines).toContain(
      `complete -c pipelock -n '__pipelock_at learn' -a 'ratify' -d 'Decide which rules of a candidate are enforced'`,
    )
    expect(lines).toContain(
      `complete -c pipelock -n '__pipelock_at' -a 'autocomplete' -d 'Display autocomplete installation instructions.'`,
    )
    expect(fishScript).toMatch(
      /^complete -c pipelock -n '__pipelock_in learn ratify' -l level -x -a 'method host' -d /m,
    )
    expect(fishScript).toMatch(/^complete -c pipelock -n '__pipelock_in check' -s c -l config -r -F -d /m)
    // every line is closed: no quote is left open
    for (const line of lines.filter((each) => each.startsWith('complete '))) {
      expect([line, line.replaceAll(/\\[\\']/g, '').split("'").length % 2]).toEqual([line, 1])
    }
  })

  test.each(CASES)('fish completes %j', (line, expected, others) => {
    if (spawnSync('fish', ['--version']).status !== 0) {
      console.warn('fish is missing: its script is read, not run')
      return
    }
    writeFileSync(join(folder, 'pipelock.fish'), fishScript)
    const words = `source pipelock.fish; complete -C '${line}'`
    const {stdout} = spawnSync('fish', ['--no-config', '-c', words], {cwd: folder, encoding: 'utf8'})
    const completed = stdout.split('\n').map((each) => each.split('\t')[0])
    expect(completed).toEqual(expect.arrayContaining([...expected]))
    for (const other of others) expect(completed).not.toContain(other)
  })
})
