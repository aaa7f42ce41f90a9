// Requests over HTTP/2 that would mean something else once they are written as HTTP/1.1 (RFC 9113, section 10.3): smuggling by
// translation. `@` stands for the authority of the origin.

export type Fields = readonly (readonly [string, string])[]

export const AUTHORITY = '@'
export const PSEUDO: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', AUTHORITY],
  [':path', '/'],
]
/** The four pseudo-fields with other values; undefined leaves one out. */
export const changed = (values: Readonly<Record<string, string | undefined>>): Fields =>
  PSEUDO.flatMap(([name, value]) => {
    const other = name in values ? values[name] : value
    return other === undefined ? [] : [[name, other] as const]
  })
const withField = (name: string, value: string): Fields => [...PSEUDO, [name, value]]

/** Each must reach no origin. */
export const REFUSED: readonly (readonly [name: string, fields: Fields, data?: string])[] = [
  ['with transfer-encoding', withField('transfer-encoding', 'chunked'), '0\r\n\r\n'],
  ['with connection', withField('connection', 'close')],
  ['with keep-alive', withField('keep-alive', '1')],
  ['with proxy-connection', withField('proxy-connection', 'close')],
  ['with upgrade', withField('upgrade', 'h2c')],
  ['with te other than trailers', withField('te', 'gzip')],
  ['with two lengths', [...PSEUDO, ['content-length', '3'], ['content-length', '3']], 'abc'],
  ['with a list of lengths', withField('content-length', '3, 3'), 'abc'],
  ['with a signed length', withField('content-length', '+3'), 'abc'],
  ['with a length above its data', withField('content-length', '5')],
  ['with content_length', withField('content_length', '3'), 'abc'],
  ['with transfer_encoding', withField('transfer_encoding', 'chunked'), 'abc'],
  ['with two hosts', [...PSEUDO, ['host', AUTHORITY], ['host', AUTHORITY]]],
  ['with a host that differs', withField('host', 'other.test')],
  ['with an expectation that is not defined', withField('expect', 'foo')],
  ['with an upper-case name', withField('X-A', '1')],
  ['with a pseudo-field behind a field', [...PSEUDO.slice(0, 3), ['x', '1'], ...PSEUDO.slice(3)]],
  ['with a pseudo-field twice', [...PSEUDO, [':path', '/other']]],
  ['with a pseudo-field that is not defined', [...PSEUDO, [':other', '1']]],
  ['without a path', changed({':path': undefined})],
  ['with an empty path', changed({':path': ''})],
  ['with a space in its path', changed({':path': '/a HTTP/1.1'})],
  ['with a line break in its path', changed({':path': '/ HTTP/1.1\r\nX: y'})],
  ['with an absolute path', changed({':path': 'https://other.test/'})],
  ['with a backslash in its path', changed({':path': '/\\other.test'})],
  ['with bytes above 0x7f in its path', changed({':path': '/\xe9'})],
  ['with an asterisk as path', changed({':path': '*'})],
  ['with the scheme http', changed({':scheme': 'http'})],
  ['with an unknown scheme', changed({':scheme': 'ftp'})],
  ['without a scheme', changed({':scheme': undefined})],
  ['with a space in its method', changed({':method': 'GET / HTTP/1.1'})],
  ['with an unknown method', changed({':method': 'FOO'})],
  ['with a lower-case method', changed({':method': 'get'})],
  ['without an authority', changed({':authority': undefined})],
  ['with userinfo in its authority', changed({':authority': `user@${AUTHORITY}`})],
  ['with another authority', changed({':authority': 'other.test'})],
  ['with another port', changed({':authority': 'site.test:1'})],
  ['with a path in its authority', changed({':authority': `${AUTHORITY}/x`})],
  ['with a line break in its authority', changed({':authority': `${AUTHORITY}\r\nX: y`})],
  ['to open another tunnel', changed({':method': 'CONNECT', ':path': undefined, ':scheme': undefined})],
  ['to open another protocol', [...changed({':method': 'CONNECT'}), [':protocol', 'connect-udp']]],
]

/** Each may reach an origin without the field. */
export const STRIPPED: readonly (readonly [name: string, fields: Fields])[] = [
  ['a line break in a value', withField('x', 'a\r\nInjected: 1')],
  ['a bare line feed in a value', withField('x', 'a\nInjected: 1')],
  ['a NUL in a value', withField('x', 'a\x00b')],
  ['a control character in a value', withField('x', 'a\x01b')],
  ['a space in a name', withField('x injected', '1')],
  ['a colon in a name', withField('x:injected', '1')],
  ['a line break in a name', withField('x\r\ninjected', '1')],
  ['an empty name', withField('', 'injected')],
]
