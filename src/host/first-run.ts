// A first run without any configuration: the balanced preset with receipts under the home directory, signed by a key made
// once. Nothing is written beside the home directory, so the operator's project stays as it is.
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {makeDirectory} from '../lib/atomic-file.js'
import type {Ports} from '../core/ports.js'
import {plugins} from '../plugins/registry.js'
import type {ConfigSource} from './config/load.js'
import {presetText} from './presets.js'

/** Name of the key, as of any other agent key (contracts §7.1). */
const KEY_NAME = 'pipelock'

export interface FirstRun {
  readonly source: ConfigSource
  readonly evidence: string
  readonly keyPath: string
  /** True when the key was made now. */
  readonly madeKey: boolean
}

export async function firstRun(ports: Ports): Promise<FirstRun> {
  const keyPath = join(ports.home, 'agents', KEY_NAME, 'id_ed25519')
  const evidence = join(ports.home, 'evidence')
  const madeKey = !existsSync(keyPath)
  if (madeKey) {
    makeDirectory(ports.home, 0o700)
    const {default: signing} = await plugins.signing()
    const {generatePair} = await signing.tools(ports)
    generatePair(undefined, KEY_NAME, false)
  }
  const recorder = [
    `flight_recorder:`,
    '  enabled: true',
    `  dir: ${JSON.stringify(evidence)}`,
    `  signing_key_path: ${JSON.stringify(keyPath)}`,
  ]
  const text = presetText('balanced', undefined).replace('flight_recorder:\n  enabled: false', recorder.join('\n'))
  return {source: {kind: 'text', text, directory: ports.home}, evidence, keyPath, madeKey}
}
