// The file that keeps API and signal over a restart, and shares them between the processes of one home directory: a process
// that is made to crash must not lift the emergency stop. What cannot be read counts as active.
import {lstatSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf} from '../../core/errors.js'
import type {KillSwitchLever} from '../../core/services/kill-switch.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {isObject, readJson} from '../../lib/json/reader.js'
import {ReadFault, readSecurely} from '../../lib/secure-read.js'
import {formatTimestamp} from '../../lib/timestamp.js'

export type Levers = Readonly<Record<KillSwitchLever, boolean>>

const MAX_BYTES = 4_096
/** Somebody else who may write the file could lift the stop. */
const FORBIDDEN_MODE = 0o022
export const RELEASED: Levers = {api: false, signal: false}
const DAMAGED: Levers = {api: true, signal: false}

export interface StateFile {
  /** As the file says now. Missing: as before. */
  read(): Levers
  /** Throws the error of the system. */
  write(levers: Levers, nowMs: number): void
  /** What is wrong with the file; undefined: nothing. */
  problem(): string | undefined
}

export function openStateFile(path: string): StateFile {
  let levers = RELEASED
  let known = ''
  let problem: string | undefined
  return {
    read() {
      const now = identityOf(path)
      if (now === known) return levers
      known = now
      problem = undefined
      try {
        levers = parse(readSecurely(path, {maxBytes: MAX_BYTES, forbiddenMode: FORBIDDEN_MODE}))
      } catch (error) {
        // gone after it was active: whoever removed it must not lift the stop
        if (error instanceof ReadFault && error.kind === 'missing') return levers
        levers = DAMAGED
        problem = `${path}: ${error instanceof ReadFault ? error.message : 'is not the state of a kill switch'}`
      }
      return levers
    },
    write(next, nowMs) {
      makeDirectory(dirname(path), 0o700)
      const content = {version: 1, ...next, updated_at: formatTimestamp(nowMs)}
      writeFileAtomic(path, `${JSON.stringify(content)}\n`, {mode: 0o600})
      levers = next
      problem = undefined
      known = identityOf(path)
    },
    problem: () => problem,
  }
}

/** Changes with every write, also by another process. */
function identityOf(path: string): string {
  try {
    const {ino, mtimeNs, size, mode} = lstatSync(path, {bigint: true})
    return `${ino} ${mtimeNs} ${size} ${mode}`
  } catch (error) {
    return errnoOf(error) ?? 'unknown'
  }
}

/** Throws where anything is missing, of another type, or unknown. */
function parse(bytes: Buffer): Levers {
  const value = readJson(bytes, {maxDepth: 2})
  if (!isObject(value)) throw new Error('no object')
  const {version, api, signal, updated_at: at, ...rest} = value
  if (version !== 1 || typeof api !== 'boolean' || typeof signal !== 'boolean' || typeof at !== 'string') {
    throw new Error('not a state')
  }
  if (Object.keys(rest).length > 0) throw new Error('unknown members')
  return {api, signal}
}
