// The key that signs receipts where the configuration names none: generated once, below the home directory. Nothing
// else is written, so the operator's project stays unchanged.
import {existsSync} from 'node:fs'
import {DEFAULT_RECEIPT_KEY, RECEIPT_KEY_NAME, underHome} from '../core/home-path.js'
import {errnoOf, PipelockError} from '../core/errors.js'
import type {Ports} from '../core/ports.js'
import type {Settings} from '../core/services/settings.js'
import {makeDirectory} from '../lib/atomic-file.js'
import {errorText} from '../lib/error-text.js'
import {plugins} from '../plugins/registry.js'

/**
 * Generates the key when it is needed and missing. Returns its path if this call generated it. Throws home_unwritable.
 */
export async function createReceiptKey(recorder: Settings['recorder'], ports: Ports): Promise<string | undefined> {
  const {enabled, signingKeyPath: path} = recorder
  if (!enabled || path !== underHome(DEFAULT_RECEIPT_KEY, ports.home) || existsSync(path)) return undefined
  try {
    makeDirectory(ports.home, 0o700)
    const {default: signing} = await plugins.signing()
    const {generatePair} = await signing.tools(ports)
    generatePair(undefined, RECEIPT_KEY_NAME, false)
  } catch (error) {
    throw homeError(ports.home, error)
  }
  return path
}

function homeError(home: string, error: unknown): unknown {
  const code = errnoOf(error)
  if (code === undefined) return error
  const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'it, or a part of its path, is a file' : errorText(error)
  return new PipelockError('home_unwritable', `the home directory ${home} cannot be written: ${why}`, {
    hint: 'choose another with --home or PIPELOCK_HOME',
  })
}
