// Locks whose owner is alive, gone, another process with its pid, or dead but not yet waited for.
import {execFileSync, spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {tryLock} from '../../../src/lib/lockfile.js'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-lock-'))
  path = join(directory, 'x.lock')
})
afterEach(() => rmSync(directory, {recursive: true}))

const startOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19] ?? ''

describe('a lock', () => {
  test('excludes a taker that comes through a link', () => {
    const first = tryLock(path)
    symlinkSync(directory, `${directory}-link`)
    try {
      expect(tryLock(join(`${directory}-link`, 'x.lock'))).toMatchObject({held: false, owner: {pid: process.pid}})
    } finally {
      rmSync(`${directory}-link`)
      if (first.held) first.lock.release()
    }
  })

  test('excludes a second taker until it is released', () => {
    const first = tryLock(path)
    expect(first.held).toBe(true)
    expect(tryLock(path)).toMatchObject({held: false, owner: {pid: process.pid}})
    if (first.held) first.lock.release()
    expect(existsSync(path)).toBe(false)
    const again = tryLock(path)
    expect(again.held).toBe(true)
    if (again.held) again.lock.release()
  })

  test('is taken over from a process that is gone, or whose pid another one has', () => {
    for (const owner of [
      {pid: 2 ** 22 + 1, started: '1'},
      {pid: 1, started: 'another start'},
      {pid: process.pid, started: startOf(process.pid)}, // written by nobody who lives here
    ]) {
      writeFileSync(path, JSON.stringify(owner))
      const result = tryLock(path)
      expect(result.held, JSON.stringify(owner)).toBe(true)
      if (result.held) result.lock.release()
    }
  })

  test('is taken over from what names no process: neither waited for nor believed', () => {
    const plant = [
      () => execFileSync('mkfifo', [path]),
      () => symlinkSync('/dev/zero', path),
      () => writeFileSync(path, '{"pid":0}'),
      () => writeFileSync(path, '{"pid":-1}'),
      () => writeFileSync(path, `{"pid":1,"started":"${'x'.repeat(10_000)}"}`),
    ]
    for (const [i, make] of plant.entries()) {
      make()
      const result = tryLock(path)
      expect(result.held, String(i)).toBe(true)
      if (result.held) result.lock.release()
    }
  })

  test('is taken over from a process that was killed and that nobody waits for', async () => {
    // the shell becomes a program that never waits for its child; the child ends when it has: a shell would wait for it
    const ends = '(until read -r name </proc/$$/comm && [ "$name" = sleep ]; do :; done)'
    const parent = spawn('sh', ['-c', `${ends} & echo $!; exec sleep 60`], {stdio: ['ignore', 'pipe', 'ignore']})
    try {
      const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
      const state = () => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0]
      while (state() !== 'Z') await new Promise((resolve) => setImmediate(resolve))
      writeFileSync(path, JSON.stringify({pid, started: startOf(pid)}))
      const result = tryLock(path)
      expect(result.held).toBe(true)
      if (result.held) result.lock.release()
    } finally {
      parent.kill()
    }
  })
})

describe('a lock whose owner is gone', () => {
  const dead = {pid: 2 ** 22 + 1, started: '1'}

  test('is removed by one taker at a time', () => {
    writeFileSync(path, JSON.stringify(dead))
    // somebody alive is about to remove it: nobody else may, or a lock taken meanwhile would be removed
    const claim = `${path}.${dead.pid}-${dead.started}`
    writeFileSync(claim, JSON.stringify({pid: 1, started: startOf(1)}))
    expect(tryLock(path)).toMatchObject({held: false, owner: dead})
    // one who died while removing it holds up nobody
    writeFileSync(claim, JSON.stringify({pid: 2 ** 22 + 2, started: '2'}))
    const result = tryLock(path)
    expect(result.held).toBe(true)
    expect(readdirSync(directory)).toEqual(['x.lock'])
    if (result.held) result.lock.release()
  })

  test('names no other file with any content', () => {
    writeFileSync(path, JSON.stringify({pid: 2 ** 22 + 1, started: '/../../x'}))
    const result = tryLock(path)
    expect(result.held).toBe(true)
    if (result.held) result.lock.release()
    writeFileSync(path, 'damaged')
    const again = tryLock(path)
    expect(again.held).toBe(true)
    if (again.held) again.lock.release()
    expect(readdirSync(directory)).toEqual([])
  })
})
