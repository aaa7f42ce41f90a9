// What a start says when the writer's thread refuses to take up the evidence. Runs the build: only there is it a thread.
import {spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {withFolder} from '../support/evidence.js'

const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

test('the refusal in its own words, not that the thread ended', () =>
  withFolder((folder) => {
    const evidence = join(folder, 'evidence')
    mkdirSync(join(evidence, 'evidence-proxy-0.jsonl'), {recursive: true})
    const config = join(folder, 'pipelock.yaml')
    writeFileSync(
      config,
      `fetch_proxy: {listen: "127.0.0.1:0"}\nflight_recorder: {enabled: true, dir: ${evidence}}\n` +
        `logging: {output: file, file: ${join(folder, 'audit.log')}}\n`,
    )
    const run = spawnSync(process.execPath, [bin, 'run', '-c', config, '--home', folder], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/^error: recorder_unwritable: .* is not a regular file/)
  }))
