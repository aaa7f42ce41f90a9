// Preload (`node --import`), for all threads of a process: the disk below the folder DISK_DIR fails as the JSON file
// DISK_STATE says at that moment, and the clock is moved. Everything above the system calls is the program itself.
//   open, write, sync, rename, truncate: code of the error that such calls end with
//   short: bytes that a write takes before it fails
//   hold: syncs do not come back for as long as it is true
//   clockMs: how far the clock of the process is from the real one
// The writer, which is a thread, tries again after 50 ms instead of a second.
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {isMainThread} from 'node:worker_threads'

const {readFileSync, closeSync, openSync, writeSync, fsyncSync, ftruncateSync, renameSync} = fs
const folder = `${process.env.DISK_DIR}/`
const state = () => JSON.parse(readFileSync(process.env.DISK_STATE, 'utf8'))
const below = (path) => `${path}/`.startsWith(folder)
const descriptors = new Set()
const sleeper = new Int32Array(new SharedArrayBuffer(4))
const changing = fs.constants.O_CREAT | fs.constants.O_WRONLY | fs.constants.O_RDWR

function may(operation, isMeant) {
  const code = isMeant ? state()[operation] : undefined
  if (code) throw Object.assign(new Error(`${code}: the disk of the test fails, ${operation}`), {code})
}

fs.openSync = (path, flags, mode) => {
  const writes = typeof flags === 'number' ? (flags & changing) !== 0 : /[wa+]/.test(flags ?? 'r')
  may('open', writes && below(path))
  const fd = openSync(path, flags, mode)
  if (below(path)) descriptors.add(fd)
  return fd
}
fs.closeSync = (fd) => {
  descriptors.delete(fd)
  closeSync(fd)
}
fs.writeSync = (fd, data, ...rest) => {
  const {short} = descriptors.has(fd) ? state() : {}
  if (short > 0 && data.length > short) return writeSync(fd, data.subarray(0, short))
  may('write', descriptors.has(fd))
  return writeSync(fd, data, ...rest)
}
fs.fsyncSync = (fd) => {
  while (descriptors.has(fd) && state().hold) Atomics.wait(sleeper, 0, 0, 5)
  may('sync', descriptors.has(fd))
  fsyncSync(fd)
}
fs.ftruncateSync = (fd, length) => {
  may('truncate', descriptors.has(fd))
  ftruncateSync(fd, length)
}
fs.renameSync = (from, to) => {
  may('rename', below(to))
  renameSync(from, to)
}
syncBuiltinESMExports()

if (!isMainThread) {
  const later = globalThis.setTimeout
  globalThis.setTimeout = (run, ms, ...rest) => later(run, Math.min(ms, 50), ...rest)
}

const now = Date.now
Date.now = () => now() + (state().clockMs ?? 0)
