// Binds a listener; a failure becomes an error with a remedy.
import {errnoOf, type ErrorCode, PipelockError} from '../core/errors.js'
import {type ListenAddress, showListen} from '../core/listen.js'

const ANOTHER = 'choose another with --listen'

const BIND_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, why: string, hint: string]>> = {
  EADDRINUSE: ['address_in_use', 'is in use', ANOTHER],
  EADDRNOTAVAIL: [
    'address_unavailable',
    'is not an address of this machine',
    'use 127.0.0.1 or an address of this machine',
  ],
  EACCES: ['address_unavailable', 'may not be bound by this user', 'choose a port above 1023 with --listen'],
  ENOTFOUND: ['address_unavailable', 'has no address', 'use 127.0.0.1 or an address of this machine'],
}

/** Throws address_in_use or address_unavailable. */
export async function bind<T>(address: ListenAddress, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    const [kind, why, hint] = BIND_ERRORS[code] ?? ['address_unavailable', `cannot be bound (${code})`, ANOTHER]
    throw new PipelockError(kind, `${showListen(address)} ${why}`, {hint})
  }
}
