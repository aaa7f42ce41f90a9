// Preload (`node --import`): ends the process by SIGKILL before its n-th call that makes something durable or visible,
// n from KILL_AT; with KILL_HALF=1 a write is cut in the middle instead. Nothing of the program can react to that. Another
// signal, from KILL_SIGNAL, is what a person or a supervisor sends. The names of the calls are noted in the file KILL_LOG
// when the process ends by itself.
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'

const {writeFileSync} = fs
const at = Number(process.env.KILL_AT ?? 0)
const half = process.env.KILL_HALF === '1'
const names = []
const changing = fs.constants.O_CREAT | fs.constants.O_TRUNC
const changes = {
  openSync: ([, flags]) => (typeof flags === 'number' ? (flags & changing) !== 0 : /[wa]/.test(flags ?? 'r')),
}
const die = () => process.kill(process.pid, process.env.KILL_SIGNAL ?? 'SIGKILL')

for (const name of [
  ...[
    'openSync',
    'writeSync',
    'fsyncSync',
    'fdatasyncSync',
    'ftruncateSync',
    'truncateSync',
    'fchmodSync',
    'chmodSync',
  ],
  ...['renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'rmSync', 'rmdirSync', 'mkdirSync', 'copyFileSync'],
  ...['writeFileSync', 'appendFileSync', 'writevSync'],
]) {
  const original = fs[name]
  fs[name] = (...args) => {
    if (changes[name] && !changes[name](args)) return original(...args)
    names.push(name)
    if (names.length === at) {
      if (half && name === 'writeSync') {
        const data = Buffer.from(args[1])
        original(args[0], data.subarray(0, Math.ceil(data.length / 2)))
      }
      die()
    }
    return original(...args)
  }
}
syncBuiltinESMExports()
if (process.env.KILL_LOG) process.on('exit', () => writeFileSync(process.env.KILL_LOG, JSON.stringify(names)))
