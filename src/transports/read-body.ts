// A short body of a request to the firewall itself, read whole within a length and a time.

import type {ClientRequest} from './client-message.js'

export type BodySource = Pick<ClientRequest, 'on' | 'off' | 'pause' | 'resume'>

export interface BodyBounds {
  /** As declared. */
  readonly length: number | undefined
  readonly maxBytes: number
  readonly waitMs: number
}

export function readBody(
  source: BodySource,
  {length = 0, maxBytes, waitMs}: BodyBounds,
): Promise<Buffer | 'too_large' | 'broken'> {
  if (length > maxBytes) return Promise.resolve('too_large')
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let bytes = 0
    const end = (result: Buffer | 'too_large' | 'broken'): void => {
      clearTimeout(timer)
      source.off('data', take)
      source.pause()
      resolve(result)
    }
    const take = (part: Buffer): void => {
      bytes += part.length
      if (bytes > maxBytes) return end('too_large')
      parts.push(part)
    }
    const timer = setTimeout(() => end('broken'), waitMs)
    source.on('data', take)
    source.on('end', () => end(Buffer.concat(parts)))
    source.on('error', () => end('broken'))
    source.resume()
  })
}
