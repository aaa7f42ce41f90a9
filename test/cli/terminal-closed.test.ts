// A firewall whose terminal is closed: script (Debian: bsdutils) holds the other end of a pseudo-terminal, and is killed.
import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, watch} from 'node:fs'
import {get} from 'node:http'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

test('run, terminal closed, ends with its evidence sealed and the lock released', {timeout: 120_000}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-terminal-closed-'))
  const evidence = join(folder, 'home', 'evidence')
  const line = `exec "${process.execPath}" "${entry}" run --listen 127.0.0.1:0`
  const script = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home'), TERM: 'dumb'},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const port = await new Promise<string>((done, fail) => {
      let text = ''
      script.stdout.on('data', (data: Buffer) => {
        text += data.toString('utf8')
        const [, port] = /Listen: +127\.0\.0\.1:(\d+)[\s\S]*Not seen:/.exec(text) ?? []
        if (port !== undefined) done(port)
      })
      script.on('close', () => fail(new Error(text)))
    })
    expect(await statusOf('http://169.254.169.254/', port)).toBe(403)
    const released = disappears(join(evidence, 'evidence-proxy.lock'))
    script.kill('SIGKILL')
    await released
    const types = readFileSync(join(evidence, 'evidence-proxy-0.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => (JSON.parse(text) as {readonly type: string}).type)
    expect(types).toEqual(['action_receipt', 'transcript_root', 'checkpoint'])
  } finally {
    script.kill('SIGKILL')
    rmSync(folder, {recursive: true, force: true})
  }
})

function statusOf(url: string, port: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    get({host: '127.0.0.1', port, path: url, agent: false}, (response) => {
      response.resume()
      response.on('end', () => done(response.statusCode))
    }).on('error', fail)
  })
}

function disappears(path: string): Promise<void> {
  return new Promise((done) => {
    const watcher = watch(dirname(path), () => {
      if (existsSync(path)) return
      watcher.close()
      done()
    })
  })
}
