// Which configuration a foreground firewall runs with: the file given, PIPELOCK_CONFIG, ./pipelock.yaml, else the embedded
// preset of a first run.
import {existsSync} from 'node:fs'
import type {Ports} from '../core/ports.js'
import type {ConfigSource} from './config/load.js'

const DEFAULT_FILE = 'pipelock.yaml'

export interface ChosenSource {
  readonly source: ConfigSource
  /** For the banner. */
  readonly origin: string
}

export async function chooseSource(given: string | undefined, ports: Ports): Promise<ChosenSource> {
  const path = given ?? (ports.env['PIPELOCK_CONFIG'] || (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined))
  if (path !== undefined) return {source: {kind: 'file', path}, origin: `${path} (reloads on change and on SIGHUP)`}
  const {firstRun} = await import('./first-run.js')
  const {source, madeKey, keyPath} = await firstRun(ports)
  const key = madeKey ? `; made the receipt key ${keyPath}` : ''
  return {
    source,
    origin: `no ${DEFAULT_FILE} here: embedded preset balanced${key} (pipelock generate config -o ${DEFAULT_FILE} writes one)`,
  }
}
