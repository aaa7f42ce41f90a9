// Certificates for hosts, as contexts of TLS handshakes: issued once for each host, one after the other, and renewed before
// they expire.
import {createSecureContext, type SecureContext} from 'node:tls'
import {setImmediate as nextTurn} from 'node:timers/promises'
import type {Clock} from '../../core/ports.js'
import {BACKDATED_MS, type Authority} from '../../lib/x509.js'

export interface CertificateSettings {
  readonly ttlMs: number
  readonly most: number
}

interface Entry {
  readonly context: Promise<SecureContext>
  /** From here on it is issued anew: milliseconds since the epoch. */
  readonly renewAt: number
}

const LEAST_LEFT_MS = 300_000

export class Certificates {
  readonly #authority: Authority
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #most: number
  /** In the order of issuance, in which they also expire. */
  readonly #entries = new Map<string, Entry>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(authority: Authority, {ttlMs, most}: CertificateSettings, clock: Clock) {
    this.#authority = authority
    this.#clock = clock
    this.#ttlMs = ttlMs
    this.#most = most
  }

  /** Number of leaves that are kept. */
  get size(): number {
    return this.#entries.size
  }

  contextFor(host: string): Promise<SecureContext> {
    const now = this.#clock.now()
    const known = this.#entries.get(host)
    if (known && known.renewAt > now) return known.context
    this.#entries.delete(host)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#most) break
      this.#entries.delete(oldest)
    }
    const context = this.#issue(host)
    const left = Math.min(Math.max(this.#ttlMs / 10, LEAST_LEFT_MS), this.#ttlMs / 2)
    const entry = {context, renewAt: Math.min(now + this.#ttlMs, this.#authority.notAfter) - left}
    this.#entries.set(host, entry)
    // a failure is not kept; whoever waits for it gets the error
    context.catch(() => {
      if (this.#entries.get(host) === entry) this.#entries.delete(host)
    })
    return context
  }

  /** One at a time, and each in a turn of its own, so that a flood of names cannot stall other clients. */
  #issue(host: string): Promise<SecureContext> {
    const issued = this.#last.then(async () => {
      await nextTurn()
      const now = this.#clock.now()
      if (now > this.#authority.notAfter) throw new Error('the certificate authority has expired')
      const {chain, key} = await this.#authority.issue(host, new Date(now - BACKDATED_MS), new Date(now + this.#ttlMs))
      return createSecureContext({cert: chain, key, minVersion: 'TLSv1.2'})
    })
    this.#last = issued.catch(() => undefined)
    return issued
  }
}
