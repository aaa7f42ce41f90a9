// Classifies the first bytes of a tunnel. Pure: called again with all bytes held so far until it decides.
import type {HelloEvent} from './client-hello-reader.js'
import {parseClientHello} from './client-hello.js'

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
      /** The server name of a ClientHello for another host. */
      readonly serverName?: string
      readonly detail: string
      readonly ech: boolean
    }

const MAX_LINE = 16_384
/** Lenient servers accept tab, vertical tab and form feed as a space, so they count as one here. */
const REQUEST_START = /^[ \t\v\f]*[a-z][a-z-]*[ \t\v\f]+(?:\/|[a-z][a-z0-9+.-]*:\/\/)/i
const REQUEST_LINE = /[ \t\v\f]HTTP\/[0-9]/i
const CONNECT_START = /^[ \t\v\f]*CONNECT[ \t\v\f]/i
const BLANK: ReadonlySet<number | undefined> = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20])
const WAIT: FirstBytes = {verdict: 'wait'}
const HTTP: FirstBytes = {verdict: 'http'}

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
    case 'hello':
      return judgeHello(hello, host)
  }
}

export type HelloVerdict = Extract<FirstBytes, {readonly verdict: 'pass'} | {readonly verdict: 'refuse'}>

/** Judges any ClientHello of a connection, the first or one after a HelloRetryRequest. */
export function judgeHello(hello: HelloEvent, host: string): HelloVerdict {
  if (hello.kind === 'malformed') {
    return {verdict: 'refuse', category: 'malformed_tls', detail: hello.why, ech: false}
  }
  const {serverName, encrypted: ech} = hello
  if (serverName === undefined) return {verdict: 'pass', category: 'no_extension', ech}
  const name = serverName.toLowerCase().replace(/\.$/, '')
  if (name === host) return {verdict: 'pass', category: 'match', ech}
  return {verdict: 'refuse', category: 'mismatch', serverName: name, detail: `SNI ${name} is not ${host}`, ech}
}

function readText(bytes: Buffer): FirstBytes {
  // servers skip empty lines before a request, some also lines of white space
  let start = 0
  for (let i = 0; i < bytes.length && BLANK.has(bytes[i]); i++)
    if (bytes[i] === 0x0a || bytes[i] === 0x0d) start = i + 1
  const newline = bytes.indexOf(0x0a, start)
  const end = newline < 0 ? bytes.length : newline
  const line = bytes.toString('latin1', start, Math.min(end, start + MAX_LINE))
  if (/^PRI[ \t]\*[ \t]HTTP\/2/.test(line)) return {verdict: 'preface'}
  if (REQUEST_START.test(line) || CONNECT_START.test(line) || REQUEST_LINE.test(line)) return HTTP
  if ((newline >= 0 && end - start < MAX_LINE) || /[^\t\v\f\r\x20-\x7e]/.test(line))
    return {verdict: 'pass', category: 'not_tls', ech: false}
  // padding before a request or inside its first line must not carry it past the limit: no other protocol begins with
  // so much text, and the request parser refuses anything that is neither
  return start + line.length < MAX_LINE ? WAIT : HTTP
}
