// Checks the head of an origin's response before any of it reaches a client. Pure.
import {STATUS_CODES} from 'node:http'
import {foldedName} from './field-names.js'
import {trimOws} from '../lib/ows.js'

export interface OriginHead {
  readonly status: number
  /** Printable, or the standard phrase: a byte ≥ 0x80 would make node's writer throw. */
  readonly phrase: string
  /** Names and values alternating, Latin-1 text. */
  readonly raw: readonly string[]
  readonly length: number | undefined
  readonly named: ReadonlySet<string> | undefined
  /** Values of `Location`, in order. */
  readonly locations: readonly string[]
}

export type OriginResult = {readonly ok: true; readonly head: OriginHead} | {readonly ok: false; readonly why: string}

const bad = (why: string): OriginResult => ({ok: false, why})
const DIGITS = /^[0-9]+$/
const PRINTABLE = /^[\x20-\x7e]*$/
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/
const NONE: readonly string[] = []

export function checkOriginHead(status: number, statusText: string, fields: readonly Buffer[]): OriginResult {
  if (status < 200 || status > 999) return bad(status === 101 ? 'unrequested switch of protocols' : 'status')
  const raw: string[] = []
  let length: number | undefined
  let coding: string | undefined
  let named: Set<string> | undefined
  let locations: string[] | undefined
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]?.toString('latin1') ?? ''
    const value = fields[i + 1]?.toString('latin1') ?? ''
    if (CONTROL.test(value)) return bad('control character in a field')
    switch (name.length) {
      case 8:
        if (name.toLowerCase() === 'location') (locations ??= []).push(value)
        break
      case 10:
        if (value === 'keep-alive' || value === 'close' || name.toLowerCase() !== 'connection') break
        named ??= new Set()
        for (const part of value.split(',')) named.add(foldedName(trimOws(part)))
        break
      case 14:
        if (name.toLowerCase() !== 'content-length') break
        if (length !== undefined || !DIGITS.test(value)) return bad('content length')
        length = Number(value)
        if (!Number.isSafeInteger(length)) return bad('content length')
        break
      case 17:
        if (name.toLowerCase() !== 'transfer-encoding') break
        // `gzip, chunked` would arrive as an undeclared gzip body
        if (coding !== undefined || trimOws(value).toLowerCase() !== 'chunked') return bad('transfer encoding')
        coding = value
        break
      default:
        break
    }
    raw.push(name, value)
  }
  if (coding !== undefined && length !== undefined) return bad('length with chunked')
  const phrase = statusText !== '' && PRINTABLE.test(statusText) ? statusText : (STATUS_CODES[status] ?? '')
  return {ok: true, head: {status, phrase, raw, length, named, locations: locations ?? NONE}}
}
