// What there is to verify in a folder, or in one file: each session of each directory, and with --recursive every other file
// that its first line shows to be evidence.
import {statSync} from 'node:fs'
import {basename, join, relative} from 'node:path'
import {directoriesBelow, fileKind, findSessions, otherFiles} from './evidence-files.js'
import type {LogFile} from './log-verdict.js'
import {parseLogName} from './log-name.js'
import type {IntegrityRequest} from './requests.js'
import {readStatedHeads, type StatedHead} from './stated-head.js'

export interface Unit {
  readonly id: string
  readonly session: string
  readonly directory: string | undefined
  readonly files: readonly LogFile[]
  readonly isRecorder: boolean
  readonly stated: StatedHead
}

export interface UnitSearch {
  readonly units: readonly Unit[]
  /** Files that look like evidence by their name and are none. */
  readonly skipped: readonly string[]
}

export function findUnits({path, session, recursive}: IntegrityRequest): UnitSearch {
  if (!statSync(path).isDirectory()) {
    const name = basename(path)
    const isRecorder = fileKind(path) === 'recorder' || parseLogName(name) !== undefined
    const unit = {
      id: name,
      session: session ?? '',
      directory: undefined,
      files: [{path, named: undefined}],
      isRecorder,
      stated: {},
    }
    return {units: [unit], skipped: []}
  }
  const folders = (recursive ? directoriesBelow(path) : [path]).map((directory): UnitSearch => {
    const below = relative(path, directory)
    const idOf = (name: string) => (below === '' ? name : `${below}/${name}`)
    const heads = readStatedHeads(directory, session)
    const sessions = [...findSessions(directory)]
      .filter(([name]) => session === undefined || name === session)
      .map(([name, files]): Unit => {
        const stated = heads.get(name) ?? ({heads: 'missing'} as const)
        return {id: idOf(name), session: name, directory, files, isRecorder: true, stated}
      })
    const others = recursive && session === undefined ? otherFiles(directory) : []
    const kinds = others.map((name) => ({name, path: join(directory, name), kind: fileKind(join(directory, name))}))
    const files = kinds
      .filter(({kind}) => kind !== 'other')
      .map(({name, path, kind}): Unit => {
        const isRecorder = kind === 'recorder'
        return {
          id: idOf(name),
          session: '',
          directory: undefined,
          files: [{path, named: undefined}],
          isRecorder,
          stated: {},
        }
      })
    const skipped = kinds.filter(({kind}) => kind === 'other').map((each) => each.path)
    return {units: [...sessions, ...files], skipped}
  })
  return {units: folders.flatMap(({units}) => units), skipped: folders.flatMap(({skipped}) => skipped)}
}
