// `--require-checkpoints` over captures of the real writer: closed chains pass, what runs on or was signed by
// somebody else does not. Runs the build.
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {loadPrivateKey} from '../../src/core/key-source.js'
import {privateKeyFromSeed, type PrivateKey} from '../../src/lib/ed25519.js'
import {CaptureWriter} from '../../src/plugins/learn/capture/writer.js'
import {runCommand} from '../support/warm-cli.js'

const keyFile = join('home', 'agents', 'coder', 'id_ed25519')
let folder: string
let key: PrivateKey

const pipelock = (...words: readonly string[]) => {
  const {status, stdout, stderr} = runCommand(words, {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home')},
  })
  return {status, out: stdout, err: stderr}
}
const learn = (command: string, ...words: readonly string[]) =>
  pipelock('learn', command, '--agent', 'coder', '--output', `${command}.out`, ...words)
const says = (text: string | RegExp): string => expect.stringMatching(text) as string

/** Seven captures, a checkpoint after each third; the chain as it was while it ran, and as it is closed. */
function write(directory: string, signer: PrivateKey): {readonly running: string; readonly path: string} {
  const nowMs = Date.UTC(2026, 3, 15, 12)
  const captures = new CaptureWriter({
    directory: join(folder, directory),
    maxAgeMs: () => 3_600_000,
    now: () => nowMs,
    onFailure: (message) => expect.unreachable(message),
    random: (bytes) => Buffer.alloc(bytes, 1),
    checkpoints: () => ({key: signer, interval: 3}),
  })
  for (let n = 0; n < 7; n++) {
    captures.add({
      atMs: nowMs,
      agent: 'coder',
      client: '127.0.0.1',
      transport: 'forward',
      requestId: `req-${n}`,
      detail: {
        surface: 'url',
        subsurface: 'forward_url',
        config_hash: 'defaults',
        build_version: '0.1.0',
        build_sha: '',
        agent: 'coder',
        request_bytes: 0,
        transform_kind: '',
        request: {method: 'GET', url: `http://api.example.com/items/${n}`},
        raw_findings: [],
        effective_findings: [],
        effective_action: 'allow',
        outcome: 'clean',
      },
    })
  }
  captures.close()
  const name = 'coder|127.0.0.1|20260415T120000Z'
  const path = join(folder, directory, name, `evidence-${name}-0.jsonl`)
  const lines = readFileSync(path, 'utf8').split('\n')
  return {running: `${lines.slice(0, 9).join('\n')}\n`, path}
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoints-cli-'))
  expect(pipelock('keygen', 'coder').status).toBe(0)
  key = loadPrivateKey(join(folder, keyFile)).private
  write('closed', key)
  const {running, path} = write('running', key)
  writeFileSync(path, running)
  write('forged', privateKeyFromSeed(Buffer.alloc(32, 9)))
  writeFileSync(
    join(folder, 'pipelock.yaml'),
    `flight_recorder:\n  signing_key_path: ${JSON.stringify(join(folder, keyFile))}\n`,
  )
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

test.each(['compile', 'aggregate'])('learn %s', (command) => {
  const asked = ['--require-checkpoints', '--checkpoint-key', key.public.hex]
  const refused = (words: readonly string[], status: number, err: RegExp): void => {
    expect(learn(command, ...words)).toMatchObject({status, out: '', err: says(err)})
    expect(existsSync(join(folder, `${command}.out`))).toBe(false)
  }
  refused(
    ['--input', 'running/*/*.jsonl', ...asked],
    1,
    /^error: checkpoint_unsigned: .*-0.jsonl line 9, seq 8: 1 entry .*\nhint: a running firewall signs the tail/,
  )
  refused(
    ['--input', 'forged/*/*.jsonl', ...asked],
    1,
    /^error: checkpoint_invalid: .*line 4, seq 3: .*does not verify/,
  )
  writeFileSync(join(folder, 'keyless.yaml'), "flight_recorder: {signing_key_path: ''}\n")
  const keyless = ['--require-checkpoints', '--config', 'keyless.yaml']
  refused(['--input', 'closed/*/*.jsonl', ...keyless], 2, /--checkpoint-key/)
  refused(['--input', 'closed/*/*.jsonl', '--checkpoint-key', key.public.hex], 2, /--require-checkpoints/)
  // ./pipelock.yaml, which names the key
  const done = learn(command, '--input', 'closed/*/*.jsonl', '--require-checkpoints')
  expect(done).toMatchObject({status: 0, err: says(/"checkpoints_required":true/)})
  expect(learn(command, '--input', 'running/*/*.jsonl').status).toBe(0)
})

test('aggregates must have been made with the flag, and be signed', () => {
  const merge = (...words: readonly string[]) => learn('compile', '--from-aggregates', 'part', ...words)
  const part = ['--input', 'closed/*/*.jsonl', '--output', 'part']
  const make = (...words: readonly string[]) => pipelock('learn', 'aggregate', '--agent', 'coder', ...part, ...words)
  expect(make().status).toBe(0)
  expect(merge('--require-checkpoints')).toMatchObject({
    status: 1,
    err: says(/^error: aggregate_mismatch: .*checkpoints/),
  })
  expect(make('--require-checkpoints', '--checkpoint-key', key.public.hex).status).toBe(0)
  expect(readFileSync(join(folder, 'part'), 'utf8')).toMatch(/^\{"header":.*"checkpoints_required":true\}\}\n/)
  expect(merge('--require-checkpoints').status).toBe(0)
  expect(merge('--require-checkpoints', '--allow-unsigned-aggregates')).toMatchObject({status: 2})
})
