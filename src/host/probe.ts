// One GET /health without any client library, so that a probe costs little.
import {get} from 'node:http'
import type {ListenAddress} from '../core/listen.js'

export interface ProbeAnswer {
  /** 0 when there was no answer. */
  readonly status: number
  readonly problem?: string
}

/** Under a name that own routes always answer to, whatever name or address leads there. */
export function probe({host, port}: ListenAddress, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((done) => {
    const request = get(
      {
        host: host === '' ? '127.0.0.1' : host,
        port,
        path: '/health',
        agent: false,
        headers: {host: `localhost:${port}`},
      },
      (response) => {
        response.resume()
        clearTimeout(timer)
        done({status: response.statusCode ?? 0})
        request.destroy()
      },
    )
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    request.on('error', (error) => {
      clearTimeout(timer)
      done({status: 0, problem: error.message})
    })
  })
}
