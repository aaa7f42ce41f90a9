// Locks whose holder lives in another PID namespace or on another machine: judged by their heartbeat alone.
import {spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {ownerText, parseOwner, thisProcess, type LockOwner} from '../../../src/lib/lock-owner.js'
import {LockWatch, STALE_MS} from '../../../src/lib/lock-watch.js'
import {lockState, takeLock, tryLock} from '../../../src/lib/lockfile.js'

let directory: string
let path: string
let nowMs: number
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-lock-'))
  path = join(directory, 'x.lock')
  nowMs = 1000
})
afterEach(() => rmSync(directory, {recursive: true}))

const here = () => thisProcess('a'.repeat(32))
const watch = () => new LockWatch(() => nowMs)
const plant = (owner: LockOwner) => writeFileSync(path, ownerText(owner))
/** A heartbeat as its holder gives it, whatever its clock says. */
const beat = (ms: number) => utimesSync(path, ms / 1000, ms / 1000)

const ELSEWHERE: readonly (readonly [string, Partial<LockOwner>])[] = [
  ['another PID namespace', {pidNamespace: '4026539999'}],
  ['another boot of the machine', {boot: '00000000-0000-4000-8000-000000000000'}],
  ['another host', {host: 'pod-b'}],
  ['a system without /proc', {boot: '', pidNamespace: ''}],
]

test.each(ELSEWHERE)(
  'a lock of %s, its pid taken here or not: held until no heartbeat was seen for long',
  (_, place) => {
    for (const pid of [process.pid, 1, 2 ** 22 + 1]) {
      plant({...here(), pid, ...place})
      expect(tryLock(path).held).toBe(false)
      const observed = watch()
      expect(tryLock(path, observed).held).toBe(false)
      nowMs += STALE_MS - 1
      expect(tryLock(path, observed).held).toBe(false)
      nowMs += 1
      const result = tryLock(path, observed)
      expect(result).toMatchObject({held: true, takenFrom: {pid, ...place}})
      if (result.held) result.lock.release()
    }
  },
)

test('a heartbeat from a clock that runs backwards: the lock is kept', () => {
  plant({...here(), host: 'pod-b'})
  const observed = watch()
  for (let i = 0; i < 10; i++) {
    beat(1_000_000 - i * 1000)
    expect(tryLock(path, observed).held).toBe(false)
    nowMs += STALE_MS - 1
  }
})

test('a lock of the far future that never changes: its time is not believed', () => {
  plant({...here(), host: 'pod-b'})
  beat(4e12)
  const observed = watch()
  expect(tryLock(path, observed).held).toBe(false)
  nowMs += STALE_MS
  const result = tryLock(path, observed)
  expect(result.held).toBe(true)
  if (result.held) result.lock.release()
})

test('waiting for a lock from elsewhere: it ends with the first heartbeat, or with the missing one', async () => {
  plant({...here(), host: 'pod-b'})
  const waits: (LockOwner | undefined)[] = []
  const pauses: number[] = []
  const alive = await takeLock(path, {
    watch: watch(),
    onWait: (owner) => void waits.push(owner),
    pause: async (ms) => {
      pauses.push(ms)
      nowMs += ms
      if (pauses.length === 4) beat(5000)
    },
  })
  expect([alive.held, pauses.length, waits.length]).toEqual([false, 4, 1])
  const gone = await takeLock(path, {watch: watch(), pause: async (ms) => void (nowMs += ms)})
  expect(gone).toMatchObject({held: true, takenFrom: {host: 'pod-b'}})
  if (gone.held) gone.lock.release()
})

test('a lock that was taken over: its former holder is told, and releases nothing', () => {
  const result = tryLock(path)
  if (!result.held) throw new Error('the lock is free')
  expect(lockState(result.lock.name)).toBe('held')
  const theirs = {...here(), host: 'pod-b'}
  plant(theirs)
  expect(lockState(result.lock.name)).toEqual(theirs)
  result.lock.release()
  expect(parseOwner(readFileSync(path, 'utf8'))).toEqual(theirs)
  rmSync(path)
  expect(lockState(result.lock.name)).toBe('missing')
})

test('a lock of another user, which cannot be read: held while its time changes', () => {
  plant({...here(), host: 'pod-b'})
  if (process.getuid?.() === 0) return console.log('skipped: root reads every file')
  const observed = watch()
  spawnSync('chmod', ['000', path])
  expect(tryLock(path, observed)).toEqual({held: false, owner: undefined})
  nowMs += STALE_MS
  expect(tryLock(path, observed).held).toBe(true)
})

const dist = new URL('../../../dist/lib/lockfile.js', import.meta.url).href
const script = `
  import {tryLock} from ${JSON.stringify(dist)}
  const result = tryLock(process.argv[1])
  console.log(JSON.stringify({held: result.held, pid: process.pid}))
  if (result.held) setInterval(() => {}, 1000)`

test('two processes with the pid 1 in two PID namespaces: the second does not get the lock, and the heartbeat shows', async () => {
  const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child', process.execPath, '--input-type=module', '-e']
  const probe = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], {encoding: 'utf8'})
  if (probe.status !== 0) return console.log(`skipped: unshare is not permitted here: ${probe.stderr}`)
  const start = () => spawn('unshare', [...unshare, script, path], {stdio: ['ignore', 'pipe', 'inherit']})
  const verdict = (child: ReturnType<typeof start>) =>
    new Promise<unknown>((resolve) => child.stdout?.once('data', (text) => resolve(JSON.parse(String(text)))))
  const first = start()
  try {
    expect(await verdict(first)).toEqual({held: true, pid: 1})
    const before = statSync(path).mtimeMs
    const second = start()
    expect(await verdict(second)).toEqual({held: false, pid: 1})
    while (statSync(path).mtimeMs === before) await new Promise((resolve) => setTimeout(resolve, 50))
  } finally {
    first.kill('SIGKILL')
  }
})
