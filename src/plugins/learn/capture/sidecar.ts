// Payload sidecars beside a session's chain: the input of a decision, sealed to a key whose private half is
// elsewhere. A sidecar that cannot be made costs its capture nothing but the mark that it is complete.
import type {SealedPayload} from '../../../formats/capture.js'
import {MAX_PAYLOAD_BYTES, sidecarName} from '../../../formats/capture-payload.js'
import {sha256Hex} from '../../../lib/hash.js'
import type {LogDirectory} from '../../../lib/log-directory.js'
import {seal, type BoxPublicKey} from '../../../lib/sealed-box.js'

/** A document that waits to be sealed. */
export interface OpenPayload {
  readonly text: string
  readonly recipient: BoxPublicKey
}

export interface SidecarCounts {
  readonly written: number
  readonly dropped: number
}

/** The sidecars of one session, numbered from 000001. */
export class Sidecars {
  readonly #directory: LogDirectory
  readonly #random: (bytes: number) => Uint8Array
  #next = 1
  /** Written for captures that are not in the chain yet. */
  #staged: string[] = []

  constructor(directory: LogDirectory, random: (bytes: number) => Uint8Array) {
    this.#directory = directory
    this.#random = random
  }

  /** How many captures that are staged have one. */
  get staged(): number {
    return this.#staged.length
  }

  /** undefined when it is too large or every number is used. Throws what the disk throws. */
  write({text, recipient}: OpenPayload): SealedPayload | undefined {
    const bytes = Buffer.from(text, 'utf8')
    const name = sidecarName(this.#next)
    if (name === undefined || bytes.length > MAX_PAYLOAD_BYTES) return undefined
    this.#next++ // also after a failure: whatever stands under the name is not ours
    const sealed = seal(recipient, bytes, this.#random(32))
    this.#put(name, sealed)
    this.#staged.push(name)
    return {ref: name, sha256: sha256Hex(sealed), bytes: bytes.length}
  }

  /** The captures are in the chain. */
  keep(): void {
    this.#staged = []
  }

  /** The captures are lost: nothing would ever refer to their sidecars. */
  discard(): void {
    for (const name of this.#staged) this.#remove(name)
    this.#staged = []
  }

  #put(name: string, sealed: Uint8Array): void {
    const file = this.#directory.create(name)
    let whole = false
    try {
      for (let at = 0; at < sealed.length;) at += file.write(sealed.subarray(at))
      whole = true
    } finally {
      file.close()
      if (!whole) this.#remove(name)
    }
  }

  #remove(name: string): void {
    try {
      this.#directory.remove(name)
    } catch {
      // a file that nothing refers to
    }
  }
}
