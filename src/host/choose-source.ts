// Chooses the configuration of a command: the file given, PIPELOCK_CONFIG, ./pipelock.yaml, else the embedded balanced
// preset. One function for all commands, so that `check` judges the policy that `run` enforces.
import {lstatSync} from 'node:fs'
import {join} from 'node:path'
import type {Ports} from '../core/ports.js'
import type {ConfigSource} from './config/load.js'

const DEFAULT_FILE = 'pipelock.yaml'

export interface ChosenSource {
  readonly source: ConfigSource
  /** undefined: the embedded preset. */
  readonly path: string | undefined
  /** The source, for people. */
  readonly origin: string
  /** The operator named the file on the command line. */
  readonly isGiven: boolean
}

/** `directory`: base of `./`; the working directory except in tests. */
export function chooseSource(given: string | undefined, {env}: Pick<Ports, 'env'>, directory = '.'): ChosenSource {
  if (given !== undefined) return fromFile(given, given, true)
  const named = env['PIPELOCK_CONFIG'] || undefined
  if (named !== undefined) return fromFile(named, `${named} (PIPELOCK_CONFIG)`, false)
  const local = join(directory, DEFAULT_FILE)
  if (isPresent(local)) return fromFile(local, local, false)
  return {
    source: {kind: 'defaults'},
    path: undefined,
    origin: `no ${DEFAULT_FILE} here: embedded preset balanced`,
    isGiven: false,
  }
}

function fromFile(path: string, origin: string, isGiven: boolean): ChosenSource {
  return {source: {kind: 'file', path}, path, origin, isGiven}
}

/** A dangling link counts: its target may come back, and the preset is not the operator's file. */
function isPresent(path: string): boolean {
  return lstatSync(path, {throwIfNoEntry: false}) !== undefined
}
