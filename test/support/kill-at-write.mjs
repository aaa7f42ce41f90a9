// Preload (`node --import`): ends the process by SIGKILL before its n-th call that makes something durable or visible,
// n from KILL_AT. Nothing of the program can react to that.
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'

const at = Number(process.env.KILL_AT ?? 0)
let calls = 0
for (const name of ['writeSync', 'fsyncSync', 'renameSync', 'linkSync', 'unlinkSync', 'ftruncateSync']) {
  const original = fs[name]
  fs[name] = (...args) => {
    if (++calls === at) process.kill(process.pid, 'SIGKILL')
    return original(...args)
  }
}
syncBuiltinESMExports()
