// The flag --escrow-private-key of compile and shadow.
import {escrowPrivateKey} from '../../../core/escrow-key.js'
import {privateKeyBytes} from '../../../lib/sealed-box.js'

/** The file that the flag names, which no output may touch. */
export function escrowKeyFile(source: string | undefined): string | undefined {
  return source?.startsWith('file:') === true ? source.slice('file:'.length) : undefined
}

/** The 32 bytes, which threads can be handed; undefined without the flag. Throws PipelockError, never with the key in it. */
export function escrowKeyBytes(
  source: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Uint8Array | undefined {
  return source === undefined
    ? undefined
    : new Uint8Array(privateKeyBytes(escrowPrivateKey('--escrow-private-key', source, env)))
}
