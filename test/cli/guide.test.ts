// The learn-and-lock guide, followed to the letter: its command blocks run in order in an empty folder, and every line of
// its output blocks must come. Blocks marked "by hand" need an agent and hours.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {startWarmShell, type WarmShell} from '../support/warm-shell.js'
import {freePort} from '../support/free-port.js'

const guide = readFileSync(new URL('../../docs/learn-and-lock.md', import.meta.url), 'utf8')

type Kind = 'run' | 'by hand' | 'second terminal' | 'stop' | 'output'

interface Block {
  readonly kind: Kind
  readonly text: string
}

function blocksOf(markdown: string): readonly Block[] {
  const fences = markdown.matchAll(/(?:^<!-- (by hand|second terminal|stop) -->\n)?^```(sh|text)\n([\s\S]*?)^```$/gm)
  return [...fences].map(([, mark, language, text = '']) => ({
    kind: language === 'text' ? 'output' : ((mark ?? 'run') as Kind),
    text,
  }))
}

/** Up to ten seconds, then the script fails. */
const until = (condition: string): string =>
  `for try in $(seq 101); do ${condition} && break; [ $try -le 100 ]; sleep 0.1; done\n`

/** The firewall has taken over what was promoted last. */
const takenOver = (port: number): string =>
  `generation=$(sed -n 's/^promote: .* generation \\([0-9]*\\) active/\\1/p' promote.txt)\n` +
  until(`grep -q "^pipelock_contract_generation $generation\$" <<< "$(curl -s http://127.0.0.1:${port}/metrics)"`)

function scriptOf(blocks: readonly Block[], port: number): string {
  let terminals = 0
  const parts = blocks.map(({kind, text}): string => {
    if (kind === 'second terminal') {
      const log = `"$TMPDIR/terminal-${++terminals}.log"`
      return `{ ${text}} > ${log} 2>&1 &\npids="$pids $!"\n${until(`[ -s ${log} ]`)}`
    }
    if (kind === 'stop') return `stop\n${text}`
    if (kind === 'run') return text.includes('learn promote') ? text + takenOver(port) : text
    return ''
  })
  return [
    'set -euo pipefail -m',
    'pids=""',
    'pipelock() { "$TMPDIR/warm/pipelock" "$@"; }',
    'stop() { for pid in $pids; do kill -TERM -- -$pid 2>/dev/null || true; wait $pid || true; done; pids=""; }',
    'trap stop EXIT',
    ...parts,
  ].join('\n')
}

let folder: string
let shell: WarmShell
let out: string
let status: number | null
let err: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guide-'))
  shell = await startWarmShell(join(folder, 'warm', 'pipelock'))
  const port = await freePort()
  const text = guide
    .replaceAll('127.0.0.1:8888', `127.0.0.1:${port}`)
    .replace('forward_proxy:\n', `fetch_proxy: {listen: "127.0.0.1:${port}"}\nforward_proxy:\n`)
  const run = spawnSync('bash', ['-c', scriptOf(blocksOf(text), port)], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TMPDIR: folder,
      PIPELOCK_REGEX: process.env['PIPELOCK_REGEX'],
    },
    encoding: 'utf8',
    timeout: 170_000,
  })
  status = run.status
  out = run.stdout
  err = run.stderr
}, 180_000)
afterAll(() => {
  shell.close()
  rmSync(folder, {recursive: true, force: true})
})

describe('the learn-and-lock guide', () => {
  test('can be typed as it stands', () => {
    expect({status, err: status === 0 ? '' : err, out: status === 0 ? '' : out}).toEqual({status: 0, err: '', out: ''})
  })

  test('shows what comes', () => {
    const expected = blocksOf(guide).flatMap(({kind, text}) => (kind === 'output' ? text.trim().split('\n') : []))
    expect(expected.length).toBeGreaterThan(5)
    const lines = out.split(/\r?\n/)
    const missing = expected.filter((line) => {
      const parts = line.split('…')
      return !lines.some((each) => each.startsWith(parts[0] ?? '') && parts.every((part) => each.includes(part)))
    })
    expect(missing).toEqual([])
  })

  test('has a firewall that says whether a contract is in force', () => {
    const banner = readFileSync(join(folder, 'terminal-2.log'), 'utf8')
    expect(banner).toMatch(/^ +Contract: +live, no contract in force: none has been promoted$/m)
  })

  test('ends in blocks with their reasons, and in evidence that verifies', () => {
    expect(out.split('\n').filter((line) => line.trim() === '200')).toHaveLength(1)
    const reasons = [...out.matchAll(/^X-Pipelock-Block-Reason: (\S+)/gm)].map(([, reason]) => reason)
    expect(reasons).toEqual(['contract_enforce_default', 'contract_enforce_default', 'contract_default_deny'])
    expect(out).toMatch(/^INTACT proxy: /m)
    expect(out.match(/^CHAIN VALID: /gm)).toHaveLength(5) // the recorder holds two
  })
})
