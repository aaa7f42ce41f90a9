// The identity form of a body that came compressed although nobody asked for that (proxy §7.3).
import {brotliDecompress, gunzip, inflate} from 'node:zlib'
import type {Download} from './fetch-download.js'

/** Within the cap and 100 times its size; undefined when it cannot be had. */
export function decompress(got: Download, maxBytes: number): Promise<Buffer | undefined> {
  const coding = got.contentEncoding.trim().toLowerCase()
  if (coding === '' || coding === 'identity') return Promise.resolve(got.body)
  const decoder = DECODERS.get(coding)
  if (!decoder) return Promise.resolve(undefined)
  const maxOutputLength = Math.min(maxBytes, Math.max(1_024, got.body.length * 100))
  return new Promise((resolve) => {
    decoder(got.body, {maxOutputLength}, (error, out) => resolve(error ? undefined : out))
  })
}

type Decoder = (
  body: Buffer,
  options: {readonly maxOutputLength: number},
  done: (error: Error | null, out: Buffer) => void,
) => void

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', (...args) => gunzip(...args)],
  ['x-gzip', (...args) => gunzip(...args)],
  ['deflate', (...args) => inflate(...args)],
  ['br', (...args) => brotliDecompress(...args)],
])
