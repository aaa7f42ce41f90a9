// Observations to a signed candidate: whole processes over capture files of a synthetic agent.
import {spawnSync} from 'node:child_process'
import {closeSync, mkdirSync, openSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {CLI, folder, measured} from '../lib/processes.mjs'
import {summary} from '../lib/stats.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

const SESSIONS = 20

/** `count` observations of one agent in 20 sessions an hour apart, each a chain of its own. */
async function captures(root, count) {
  const {writeEntry} = await dist('formats/entry.js')
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - SESSIONS * 3_600_000
  const each = Math.ceil(count / SESSIONS)
  for (let s = 0; s < SESSIONS; s++) {
    const session = `bench|127.0.0.1|${s}`
    const dir = join(root, session)
    mkdirSync(dir, {recursive: true})
    const fd = openSync(join(dir, `evidence-${session}-0.jsonl`), 'w')
    let prev = 'genesis'
    let lines = []
    for (let i = 0; i < each; i++) {
      const method = i % 7 === 0 ? 'POST' : 'GET'
      const path =
        i % 3 === 0 ? `/v1/items/${(s * 7919 + i * 31) % 5000}` : `/v1/${['models', 'files', 'threads', 'runs'][i % 4]}`
      const detail = `{"capture_schema_version":1,"surface":"url","subsurface":"forward_url","config_hash":"${'0'.repeat(64)}","build_version":"bench","build_sha":"bench","agent":"bench","action_class":"read","payload_complete":false,"transform_kind":"","wire_payload_bytes":${i % 900},"scanner_bytes":${i % 90},"request":{"method":"${method}","url":"https://api${i % 5}.example.com${path}"},"raw_findings":null,"effective_findings":[],"effective_action":"allow","outcome":"clean"}`
      const entry = writeEntry(
        {
          seq: i,
          ts: `${new Date(start + s * 3_600_000 + i).toISOString().slice(0, 19)}Z`,
          session_id: session,
          trace_id: `req-${i}`,
          type: 'capture',
          event_kind: 'url',
          transport: 'forward',
          summary: 'forward_url:allow',
          prev_hash: prev,
        },
        detail,
      )
      prev = entry.hash
      lines.push(entry.line)
      if (lines.length === 2000) {
        writeSync(fd, lines.join(''))
        lines = []
      }
    }
    writeSync(fd, lines.join(''))
    closeSync(fd)
  }
}

async function compile(name, count, runs) {
  const dir = folder()
  const root = join(dir, 'captures')
  const home = join(dir, 'home')
  mkdirSync(home, {recursive: true})
  await captures(root, count)
  const key = spawnSync(process.execPath, [CLI, 'keygen', 'bench', '--home', home], {encoding: 'utf8'})
  if (key.status !== 0) throw new Error(key.stderr)
  const config = join(dir, 'pipelock.yaml')
  writeFileSync(config, `learn:\n  enabled: true\n  capture_dir: ${root}\n`)
  const seconds = []
  const peaks = []
  for (let i = 0; i < runs; i++) {
    const run = await measured([
      CLI,
      'learn',
      'compile',
      '--home',
      home,
      '--config',
      config,
      '--agent',
      'bench',
      '--output',
      join(dir, `c${i}.yaml`),
    ])
    seconds.push(run.ms / 1000)
    peaks.push(run.peakMb)
  }
  return [summary(`learn.compile.${name}`, 's', seconds), summary(`learn.compile.${name}.memory`, 'MB', peaks)]
}

export const rows = [
  {id: 'learn.compile.10k', run: () => compile('10k', 10_000, 5)},
  {id: 'learn.compile.100k', run: () => compile('100k', 100_000, 3)},
  {id: 'learn.compile.1m', run: () => compile('1m', 1_000_000, 1)},
]
