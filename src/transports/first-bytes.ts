// What the first bytes of a tunnel are (proxy §8.2). Pure: called again with all bytes held so far until it decides.
import {parseClientHello} from '../lib/clienthello.js'

/** Metric label. */
export type FirstBytesCategory =
  'match' | 'mismatch' | 'no_extension' | 'http' | 'not_tls' | 'malformed_tls' | 'timeout'

export type FirstBytes =
  | {readonly verdict: 'wait'}
  | {readonly verdict: 'pass'; readonly category: 'match' | 'no_extension' | 'not_tls'; readonly ech: boolean}
  /** Plain HTTP: never relayed, its requests are judged one by one. */
  | {readonly verdict: 'http'}
  /** HTTP/2 without TLS, which is not served. */
  | {readonly verdict: 'preface'}
  | {
      readonly verdict: 'refuse'
      readonly category: 'mismatch' | 'malformed_tls'
      readonly detail: string
      readonly ech: boolean
    }

const MAX_LINE = 16_384
/** Tab, vertical tab and form feed pass as a space with lenient servers, so they must with us. */
const REQUEST_START = /^[a-z][a-z-]*[ \t\v\f]+(?:\/|[a-z][a-z0-9+.-]*:\/\/)/i
const REQUEST_LINE = /[ \t\v\f]HTTP\/[0-9]/i
const CONNECT_START = /^CONNECT[ \t\v\f]/i
const WAIT: FirstBytes = {verdict: 'wait'}

export interface FirstBytesOptions {
  /** Host of the CONNECT: lower case, no trailing dot, IPv6 without brackets. */
  readonly host: string
  readonly sniVerification: boolean
}

export function readFirstBytes(bytes: Buffer, options: FirstBytesOptions): FirstBytes {
  if (bytes.length === 0) return WAIT
  return bytes[0] === 0x16 ? readTls(bytes, options) : readText(bytes)
}

function readTls(bytes: Buffer, {host, sniVerification}: FirstBytesOptions): FirstBytes {
  if (!sniVerification) return {verdict: 'pass', category: 'no_extension', ech: false}
  const hello = parseClientHello(bytes)
  switch (hello.kind) {
    case 'incomplete':
      return WAIT
    case 'not_tls':
      return {verdict: 'pass', category: 'not_tls', ech: false}
    case 'malformed':
      return {verdict: 'refuse', category: 'malformed_tls', detail: hello.why, ech: false}
    case 'hello': {
      const {serverName, encrypted: ech} = hello
      if (serverName === undefined) return {verdict: 'pass', category: 'no_extension', ech}
      const name = serverName.toLowerCase().replace(/\.$/, '')
      if (name === host) return {verdict: 'pass', category: 'match', ech}
      return {verdict: 'refuse', category: 'mismatch', detail: `SNI ${name} is not ${host}`, ech}
    }
  }
}

function readText(bytes: Buffer): FirstBytes {
  let start = 0
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++
  const end = bytes.indexOf(0x0a, start)
  const line = bytes.toString('latin1', start, Math.min(end < 0 ? bytes.length : end, start + MAX_LINE))
  if (line === '') return start < MAX_LINE ? WAIT : {verdict: 'pass', category: 'not_tls', ech: false}
  if (/^PRI[ \t]\*[ \t]HTTP\/2/.test(line)) return {verdict: 'preface'}
  if (REQUEST_START.test(line) || CONNECT_START.test(line) || REQUEST_LINE.test(line)) return {verdict: 'http'}
  const decided = end >= 0 || line.length >= MAX_LINE || /[^\t\v\f\r\x20-\x7e]/.test(line)
  return decided ? {verdict: 'pass', category: 'not_tls', ech: false} : WAIT
}
