// What somebody else wrote reaches the terminal through warnings: it must not move the cursor there or forge a line.
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

test('a warning shows the name of a file in an aggregate, and obeys nothing in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  try {
    const run = (...words: readonly string[]) =>
      spawnSync(process.execPath, [entry, ...words], {
        cwd: folder,
        env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home')},
        encoding: 'utf8',
        timeout: 30_000,
      })
    const files = [{path: 'x\u001b[2J\u009b31m\nerror: forged', sha256: 'sha256:1', lines: 1}]
    const counts = {events: 0, malformed: 0, redacted: 0, foreign: 0, regulated: 0, sensitive: 0}
    const content = [
      {header: {version: 2, agent: 'coder', profile: 'wilson_lb_v3', request_limit: 0}},
      {chain: {first: 'a', last: 'b', truncated: true, entries: 1, dropped: 0, files}},
      {totals: counts},
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('')
    const sha256 = `sha256:${createHash('sha256').update(content).digest('hex')}`
    const end = JSON.stringify({end: {lines: 3, sha256, signer_key_id: null, signature: null}})
    writeFileSync(join(folder, 'part.aggregate'), `${content}${end}\n`)
    run('keygen', 'coder')
    const words = ['--from-aggregates', 'part.aggregate', '--allow-unsigned-aggregates', '--allow-truncated-chains']
    const {status, stderr} = run('learn', 'compile', '--agent', 'coder', ...words, '--output', 'c.yaml')
    expect(status, stderr).toBe(0)
    expect(stderr).toContain(String.raw`warning: x\x1b[2J\x9b31m\x0aerror: forged: the chain does not begin at genesis`)
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|^error/m)
  } finally {
    rmSync(folder, {recursive: true})
  }
})
