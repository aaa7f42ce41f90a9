// Field lines for node's HTTP/2 writer, which takes an object. Pure.
import type {OutgoingHttpHeaders} from 'node:http2'

/** They have no meaning in HTTP/2, and make a message malformed (RFC 9113, section 8.2.2). */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Node writes several lines of these alone; other names it refuses to repeat, or it joins them. */
const REPEATED: ReadonlySet<string> = new Set([
  'set-cookie',
  'cookie',
  'www-authenticate',
  'proxy-authenticate',
  'link',
])

/** Size of a field section as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113, section 6.5.2). */
export function fieldsSize(fields: readonly string[]): number {
  let size = 0
  for (const part of fields) size += part.length + 16
  return size
}

/**
 * `fields`: names and values alternating. Equal names become one field with a list of their values, which means the same
 * (RFC 9110, section 5.3), except those whose values cannot be joined.
 */
export function streamFields(fields: readonly string[]): OutgoingHttpHeaders {
  const out: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = (fields[i] ?? '').toLowerCase()
    const value = fields[i + 1] ?? ''
    if (CONNECTION_SPECIFIC.has(name) || name.startsWith(':')) continue
    const before = out[name]
    if (before === undefined) out[name] = value
    else if (REPEATED.has(name)) out[name] = Array.isArray(before) ? [...before, value] : [String(before), value]
    else if (before !== value) out[name] = `${String(before)}, ${value}`
  }
  return out
}
