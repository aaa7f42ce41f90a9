// Holds every ClientHello of a tunnel to the host of its CONNECT. A server asks a second time when it lacks a key share, and
// answers for the name in that hello: what the first one named decides nothing.
import {Buffer} from 'node:buffer'
import {ClientHelloReader} from '../lib/client-hello-reader.js'
import {judgeHello, type HelloVerdict} from './first-bytes.js'
import type {ClientFilter} from './tunnel.js'

export type RefusedHello = Extract<HelloVerdict, {readonly verdict: 'refuse'}>

const NOTHING = Buffer.alloc(0)

/** Takes the client's bytes from the first one on. */
export class HelloFilter implements ClientFilter {
  readonly #reader = new ClientHelloReader()
  readonly #host: string
  readonly #refused: (said: RefusedHello) => boolean
  #isOver = false
  #isClosed = false

  /** `refused` says whether the tunnel goes on all the same, where findings are not enforced. */
  constructor(host: string, refused: (said: RefusedHello) => boolean) {
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
      const said = judgeHello(hello, this.#host)
      if (said.verdict === 'pass') continue
      if (this.#refused(said)) {
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
