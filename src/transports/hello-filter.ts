// Compares every ClientHello of a tunnel with the host of its CONNECT. A server that lacks a key share requests a
// second hello and serves the name in that one, so checking only the first would be evaded.
import {Buffer} from 'node:buffer'
import {ClientHelloReader} from './client-hello-reader.js'
import {judgeHello, type HelloVerdict} from './first-bytes.js'
import type {ClientFilter} from './tunnel.js'

export type RefusedHello = Extract<HelloVerdict, {readonly verdict: 'refuse'}>

const NOTHING = Buffer.alloc(0)

/** Takes the client's bytes from the first one on. */
export class HelloFilter implements ClientFilter {
  readonly #reader = new ClientHelloReader()
  readonly #host: string
  readonly #refused: (verdict: RefusedHello) => boolean
  #isOver = false
  #isClosed = false

  /** `refused` returns true where findings are not enforced and the tunnel continues. */
  constructor(host: string, refused: (verdict: RefusedHello) => boolean) {
    this.#host = host
    this.#refused = refused
  }

  get isOver(): boolean {
    return this.#isOver
  }

  pass(chunk: Buffer): Buffer {
    if (this.#isClosed) return NOTHING
    const {forward, hellos, isOver} = this.#reader.push(chunk)
    this.#isOver = isOver
    for (const hello of hellos) {
      const verdict = judgeHello(hello, this.#host)
      if (verdict.verdict === 'pass') continue
      if (this.#refused(verdict)) {
        this.#isOver = true
        return Buffer.concat([forward, this.#reader.end()])
      }
      // the receipt is being written: nothing more goes out meanwhile
      this.#isClosed = true
      this.#isOver = false
      return NOTHING
    }
    return forward
  }
}
