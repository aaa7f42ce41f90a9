// What was taken out of evidence, for the holder of one private key: the unredacted text of every entry in a sidecar of
// its own, sealed before the entry exists. No sidecar, no entry.
import {boxPublicKey, sealWithNonce, type BoxPublicKey} from '../../lib/sealed-box.js'
import {sha256Hex} from '../../lib/hash.js'
import type {LogDirectory} from '../../lib/log-directory.js'

export type RandomBytes = (count: number) => Uint8Array

export class Escrow {
  readonly #directory: LogDirectory
  readonly #recipient: BoxPublicKey
  readonly #random: RandomBytes

  private constructor(directory: LogDirectory, recipient: BoxPublicKey, random: RandomBytes) {
    this.#directory = directory
    this.#recipient = recipient
    this.#random = random
  }

  /** undefined for the empty key: escrow is off. */
  static to(keyHex: string, directory: LogDirectory, random: RandomBytes): Escrow | undefined {
    if (keyHex === '') return undefined
    const recipient = boxPublicKey(Buffer.from(keyHex, 'hex'))
    // the configuration was checked; a recorder that drops escrow silently would be worse than one that ends
    if (recipient === undefined) throw new TypeError('flight_recorder.escrow_public_key is no X25519 public key')
    return new Escrow(directory, recipient, random)
  }

  /**
   * Writes the sidecar of the entry with this number, durably, and answers its name. The name ends in the digest of the
   * file, so that the hash of the entry, which covers the name, also says which file belongs to it.
   */
  seal(session: string, seq: number, text: string): string {
    const sealed = sealWithNonce(this.#recipient, Buffer.from(text, 'utf8'), this.#random(32), this.#random(24))
    const name = `evidence-${session}-${seq}-raw-${sha256Hex(sealed).slice(0, 32)}.raw.enc`
    this.#directory.ensure()
    this.#directory.store(name, sealed)
    return name
  }
}
