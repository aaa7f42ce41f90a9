// Messages that two servers could split differently, as data: what a client sends on a connection that is kept, what Pipelock
// responds, and which requests an origin behind it may understand. Behind each message the same packet holds an ordinary request.

export interface SmugglingRow {
  readonly name: string
  /**
   * `{/path}` becomes the target of a request, in absolute form where a proxy needs it, `{!/path}` in absolute form always;
   * `@` is the authority of the origin.
   */
  readonly send: string
  /** Of the responses to it, in order. */
  readonly statuses: readonly number[]
  /** Pipelock closes the connection behind them: the request behind is discarded. */
  readonly closes?: boolean
  /** Complete requests that reach the origin: method, path and body. */
  readonly reaches?: readonly string[]
  /** A request whose body breaks may have begun to stream: the origin sees its end, and never a complete body. */
  readonly breaks?: boolean
  /** The client sends nothing behind it and closes its half. */
  readonly isLast?: boolean
  /** The first response has no body. */
  readonly isHead?: boolean
  /** Where a tunnel differs from a request in absolute form. */
  readonly inTunnel?: Pick<SmugglingRow, 'statuses' | 'closes' | 'reaches'>
}

const post = (fields: string, body: string, version = '1.1'): string =>
  `POST {/p} HTTP/${version}\r\nHost: @\r\n${fields}\r\n\r\n${body}`
const get = (fields: string): string => `GET {/p} HTTP/1.1\r\nHost: @\r\n${fields}\r\n\r\n`
/** What an attacker wants the origin to take for a request. */
const SMUGGLED = 'GET {/smuggled} HTTP/1.1\r\nHost: @\r\n\r\n'
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n'
const CHUNKED = 'Transfer-Encoding: chunked'

const refused = {statuses: [400], closes: true} as const
const broken = {...refused, breaks: true} as const
const passes = (...reaches: readonly string[]): Pick<SmugglingRow, 'statuses' | 'reaches'> => ({
  statuses: reaches.map(() => 200),
  reaches,
})
const ABC = passes('POST /p abc')

const each = (values: readonly string[], row: (value: string) => SmugglingRow): readonly SmugglingRow[] =>
  values.map(row)
const shown = (value: string): string => JSON.stringify(value)

const BOTH_LENGTHS: readonly SmugglingRow[] = [
  {name: 'CL.TE', send: post(`Content-Length: 6\r\n${CHUNKED}`, '0\r\n\r\nG'), ...refused},
  {name: 'TE.CL', send: post(`${CHUNKED}\r\nContent-Length: 4`, `2f\r\n${SMUGGLED}`), ...refused},
  {
    name: 'CL.TE with a whole request',
    send: post(`Content-Length: 40\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`),
    ...refused,
  },
  {name: 'CL.0', send: post('Content-Length: 0', SMUGGLED), ...passes('POST /p ', 'GET /smuggled ')},
  {name: '0.CL', send: post(`Content-Length: 0\r\n${CHUNKED}`, CHUNKS), ...refused},
  {name: 'TE.0', send: `OPTIONS {/p} HTTP/1.1\r\nHost: @\r\n${CHUNKED}\r\n\r\n${CHUNKS}`, ...passes('OPTIONS /p abc')},
]

const LENGTHS: readonly SmugglingRow[] = [
  {name: 'two equal lengths', send: post('Content-Length: 3\r\nContent-Length: 3', 'abc'), ...refused},
  {name: 'two lengths', send: post('Content-Length: 0\r\nContent-Length: 47', SMUGGLED), ...refused},
  {name: 'two lengths, one in another case', send: post('content-length: 3\r\nCONTENT-LENGTH: 0', 'abc'), ...refused},
  ...each(
    [
      '3, 3',
      '3,',
      '+3',
      '-3',
      '0x3',
      '3 0',
      '3;',
      '3.0',
      '3e0',
      '3_0',
      '',
      "'3'",
      '"3"',
      '\u00b3',
      '3\x0b',
      '3\x00',
      '3\t',
    ],
    (value) => ({name: `length ${shown(value)}`, send: post(`Content-Length: ${value}`, 'abc'), ...refused}),
  ),
  ...each(['18446744073709551619', '99999999999999999999999999', '9007199254740993'], (value) => ({
    name: `length ${value}`,
    send: post(`Content-Length: ${value}`, 'abc'),
    ...refused,
  })),
  ...each(['003', '3 ', '\t3'], (value) => ({
    name: `length ${shown(value)}`,
    send: post(`Content-Length: ${value}`, 'abc'),
    ...ABC,
  })),
  {name: 'space before the colon of a length', send: post('Content-Length : 3', 'abc'), ...refused},
  {name: 'folded length', send: post('Content-Length:\r\n 3', 'abc'), ...refused},
  {name: 'length with an underscore', send: post('Content_Length: 3', ''), ...refused},
  {name: 'underscore and hyphen', send: post('Content-Length: 3\r\nContent_Length: 0', 'abc'), ...refused},
  {name: 'length behind a NUL in its name', send: post('Content-Length\x00: 3', 'abc'), ...refused},
  {name: 'length longer than its body', send: post('Content-Length: 10', 'abc'), isLast: true, ...broken},
  {
    name: 'length that takes in the request behind',
    send: post('Content-Length: 5', 'ab\r\n'),
    statuses: [200, 400],
    closes: true,
    reaches: ['POST /p ab\r\nG'],
  },
]

const CODINGS: readonly SmugglingRow[] = [
  ...each(
    [
      ...['xchunked', 'chunkedx', 'chunk', 'identity', 'gzip', 'gzip, chunked', 'chunked, gzip', 'identity, chunked'],
      ...['chunked, identity', 'chunked, chunked', 'chunked,', ',chunked', 'chunked;q=1', '"chunked"', "'chunked'"],
      ...[
        '\x0bchunked',
        'chunked\x0b',
        '\x0cchunked',
        '\xa0chunked',
        'chunked\xa0',
        'chunked\x00',
        'chunked\t',
        '\x00chunked',
        '',
      ],
    ],
    (value) => ({name: `coding ${shown(value)}`, send: post(`Transfer-Encoding: ${value}`, CHUNKS), ...refused}),
  ),
  ...each(['chunked', 'Chunked', 'CHUNKED', '\tchunked', ' chunked '], (value) => ({
    name: `coding ${shown(value)}`,
    send: post(`Transfer-Encoding:${value}`, CHUNKS),
    ...ABC,
  })),
  ...each(
    [
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nTransfer-encoding: identity',
      'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding : chunked',
      'Transfer-Encoding\t: chunked',
      ' Transfer-Encoding: chunked',
      'Transfer-Encoding:\r\n chunked',
      'Transfer-Encoding\r\n : chunked',
      'Transfer-Encoding: chunked\r\n , identity',
      'X: x\nTransfer-Encoding: chunked',
      'X: x\rTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\nX: x',
      'Transfer_Encoding: chunked',
      'Transfer-Encoding\x00: chunked',
      'Tr\xe4nsfer-Encoding: chunked',
      '"Transfer-Encoding": chunked',
      'Transfer Encoding: chunked',
    ],
    (fields) => ({name: shown(fields), send: post(`Content-Length: 3\r\n${fields}`, 'abc'), ...refused}),
  ),
  ...each(['X-Transfer-Encoding: chunked', 'TransferEncoding: chunked', 'Transfer-Encodin: chunked'], (fields) => ({
    name: shown(fields),
    send: post(`Content-Length: 3\r\n${fields}`, 'abc'),
    ...ABC,
  })),
  {name: 'chunked in HTTP/1.0', send: post(`${CHUNKED}\r\nConnection: keep-alive`, CHUNKS, '1.0'), ...refused},
]

const CHUNKED_BODIES: readonly SmugglingRow[] = [
  ...each(
    [
      ...['zz', 'fffffffffffffffff3', '10000000000000003', '3 ', ' 3', '\t3', '0x3', '+3', '-3', '-0', '3_', '3h', ''],
      ...['3\x00', '3\r', '\u00b3'],
    ],
    (size) => ({
      name: `chunk size ${shown(size)}`,
      send: post(CHUNKED, `${size}\r\nabc\r\n0\r\n\r\n`),
      ...broken,
    }),
  ),
  ...each(['3', '03', '0000000000000003'], (size) => ({
    name: `chunk size ${size}`,
    send: post(CHUNKED, `${size}\r\nabc\r\n0\r\n\r\n`),
    ...ABC,
  })),
  {
    name: 'chunk sizes in both cases',
    send: post(CHUNKED, `a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n`),
    ...passes('POST /p 01234567890123456789'),
  },
  {name: 'empty body in chunks', send: post(CHUNKED, '0\r\n\r\n'), ...passes('POST /p ')},
  {name: 'LF behind a size', send: post(CHUNKED, '3\nabc\r\n0\r\n\r\n'), ...broken},
  {name: 'LF behind data', send: post(CHUNKED, '3\r\nabc\n0\r\n\r\n'), ...broken},
  {name: 'LF behind the last size', send: post(CHUNKED, '3\r\nabc\r\n0\n\r\n'), ...broken},
  {name: 'LF as the last line', send: post(CHUNKED, '3\r\nabc\r\n0\r\n\n'), ...broken},
  {name: 'CR behind a size', send: post(CHUNKED, '3\rabc\r\n0\r\n\r\n'), ...broken},
  {name: 'CR behind data', send: post(CHUNKED, '3\r\nabc\r0\r\n\r\n'), ...broken},
  {name: 'no line end behind data', send: post(CHUNKED, '3\r\nabc0\r\n\r\n'), ...broken},
  {name: 'data longer than its size', send: post(CHUNKED, `3\r\nabcdef\r\n0\r\n\r\n`), ...broken},
  {name: 'data shorter than its size', send: post(CHUNKED, `8\r\nabc\r\n0\r\n\r\n`), ...broken},
  {name: 'two bytes between chunks', send: post(CHUNKED, '3\r\nabcXX3\r\ndef\r\n0\r\n\r\n'), ...broken},
  {name: 'no end', send: post(CHUNKED, '3\r\nabc\r\n'), isLast: true, ...broken},
  {name: 'no empty line at the end', send: post(CHUNKED, '3\r\nabc\r\n0\r\n'), ...broken},
  {name: 'a request in place of trailers', send: post(CHUNKED, `3\r\nabc\r\n0\r\n${SMUGGLED}`), ...broken},
  ...each(['a=b', 'a', 'a="b c"', 'a="\\""', 'a=b;c=d', `a=${'x'.repeat(900)}`], (extension) => ({
    name: `chunk extension ${shown(extension).slice(0, 30)}`,
    send: post(CHUNKED, `3;${extension}\r\nabc\r\n0;${extension}\r\n\r\n`),
    ...ABC,
  })),
  ...each([' a=b', 'a\nb', 'a\rb', 'a="\n"', 'a="\r\n"', 'a=\x00', '\n', 'a\n0\n\n'], (extension) => ({
    name: `chunk extension ${shown(extension)}`,
    send: post(CHUNKED, `3;${extension}\r\nabc\r\n0\r\n\r\n`),
    ...broken,
  })),
  ...each(['X-T: 1', 'X-T: 1\r\nX-U: 2', 'X-Marker: trailer'], (trailers) => ({
    name: `trailers ${shown(trailers)}`,
    send: post(`Trailer: X-T\r\n${CHUNKED}`, `3\r\nabc\r\n0\r\n${trailers}\r\n\r\n`),
    ...ABC,
  })),
  ...each(
    [
      ...[
        'Content-Length: 3',
        'Transfer-Encoding: chunked',
        'Host: other',
        'Content_Length: 3',
        'TRANSFER-ENCODING: x',
      ],
      ...['X-T : 1', ' X-T: 1', 'X-T: 1\r\n 2', 'X-T', ': 1', 'X-T: 1\nX-U: 2', 'X-T: \x00', 'X(T): 1'],
    ],
    (trailers) => ({
      name: `trailers ${shown(trailers)}`,
      send: post(CHUNKED, `3\r\nabc\r\n0\r\n${trailers}\r\n\r\n`),
      ...broken,
    }),
  ),
]

const HEADS: readonly SmugglingRow[] = [
  ...each(
    [
      ...['X-A : 1', 'X-A\t: 1', ' X-A: 1', '\tX-A: 1', 'X-A: 1\r\n 2', 'X-A: 1\r\n\t2', 'X-A: 1\r\n \r\nX-B: 1'],
      ...['X-A: 1\r2', 'X-A: 1\n2', 'X-A: 1\nX-B: 2', 'X-A: 1\x002', 'X\x00A: 1', 'X-A: \x012', 'X-A: \x7f'],
      ...['X-A', ': 1', 'X(A): 1', 'X[A]: 1', 'X A: 1', 'X-\xe4: 1', 'X-A: 1\r\r\nX-B: 2', '\r\r\nX-A: 1'],
    ],
    (field) => ({name: `field ${shown(field)}`, send: get(field), ...refused}),
  ),
  ...each(['X-A: caf\xe9', 'X-A:', 'X-A:1', 'X-A:\t1 ', 'x_a: 1', "!#$%&'*+.^_`|~: 1"], (field) => ({
    name: `field ${shown(field)}`,
    send: get(field),
    ...passes('GET /p '),
  })),
  {name: 'LF for every line end', send: 'GET {/p} HTTP/1.1\nHost: @\n\n', ...refused},
  {name: 'CR for every line end', send: 'GET {/p} HTTP/1.1\rHost: @\r\r', ...refused},
  {name: 'LF behind the request line', send: 'GET {/p} HTTP/1.1\nHost: @\r\n\r\n', ...refused},
  {name: 'LF as the empty line', send: 'GET {/p} HTTP/1.1\r\nHost: @\r\n\n', ...refused},
  {name: 'an empty line before', send: `\r\n${get('X-A: 1')}`, ...passes('GET /p ')},
  {
    name: 'an empty line in the middle',
    send: `GET {/p} HTTP/1.1\r\nHost: @\r\n\r\n${CHUNKED}\r\n\r\n`,
    statuses: [200, 400],
    closes: true,
    reaches: ['GET /p '],
  },
  ...each(
    [
      ...[
        'GET {/p} HTTP/1.2',
        'GET {/p} HTTP/01.1',
        'GET {/p} HTTP/1.10',
        'GET {/p} http/1.1',
        'GET {/p} HTTP/1',
        'GET {/p} HTTP/1.1x',
      ],
      ...[
        'GET {/p} HTTP/1.1 x',
        'GET {/p} x HTTP/1.1',
        'GET\t{/p}\tHTTP/1.1',
        ' GET {/p} HTTP/1.1',
        'GET {/p}\x00 HTTP/1.1',
      ],
      ...[
        'get {/p} HTTP/1.1',
        'FROB {/p} HTTP/1.1',
        'GPOST {/p} HTTP/1.1',
        'G\xc9T {/p} HTTP/1.1',
        'GET',
        '{/p} HTTP/1.1',
      ],
      ...['GET {/p}\rHTTP/1.1', 'GET {/p}#f\tx HTTP/1.1', 'GET {/\xc3\xa9} HTTP/1.1', 'PRI * HTTP/2.0'],
    ],
    (line) => ({name: `request line ${shown(line)}`, send: `${line}\r\nHost: @\r\n\r\n`, ...refused}),
  ),
  {name: 'request line with two spaces', send: 'GET  {/p}  HTTP/1.1\r\nHost: @\r\n\r\n', ...passes('GET /p ')},
  ...each(['GET {/p} HTTP/2.0', 'GET {/p} HTTP/0.9', 'GET {/p}', 'SOURCE {/p} ICE/1.0'], (line) => ({
    name: `request line ${shown(line)}`,
    send: `${line}\r\nHost: @\r\n\r\n`,
    statuses: [505],
    closes: true,
  })),
]

const TARGETS: readonly SmugglingRow[] = [
  {name: 'two Host lines', send: 'GET {/p} HTTP/1.1\r\nHost: @\r\nHost: @\r\n\r\n', ...refused},
  {name: 'two different Host lines', send: 'GET {/p} HTTP/1.1\r\nHost: @\r\nHost: other.example\r\n\r\n', ...refused},
  {name: 'no Host', send: 'GET {/p} HTTP/1.1\r\n\r\n', ...refused},
  {
    name: 'Host with an underscore',
    send: 'GET {/p} HTTP/1.1\r\nHost: @\r\nHo_st: other.example\r\n\r\n',
    ...passes('GET /p '),
  },
  {name: 'absolute form everywhere', send: 'GET {!/p} HTTP/1.1\r\nHost: @\r\n\r\n', ...passes('GET /p ')},
  {
    name: 'absolute form and the Host of another origin',
    send: 'GET {!/p} HTTP/1.1\r\nHost: other.example\r\n\r\n',
    ...passes('GET /p '),
  },
  {name: 'absolute form and no Host', send: 'GET {!/p} HTTP/1.1\r\n\r\n', ...refused},
  {
    name: 'absolute form of another port',
    send: 'GET http://origin.example:1/p HTTP/1.1\r\nHost: origin.example:1\r\n\r\n',
    statuses: [502],
    inTunnel: {statuses: [403]},
  },
  {
    name: 'Host of another origin',
    send: 'GET {/p} HTTP/1.1\r\nHost: other.example\r\n\r\n',
    ...passes('GET /p '),
    inTunnel: {statuses: [403]},
  },
  {
    name: 'Host with two names',
    send: 'GET {/p} HTTP/1.1\r\nHost: @, other.example\r\n\r\n',
    ...passes('GET /p '),
    inTunnel: refused,
  },
  {name: 'line ends in the path, encoded', send: 'GET {/p%0d%0aX:%20y} HTTP/1.1\r\nHost: @\r\n\r\n', statuses: [403]},
  {name: 'dot segments', send: 'GET {/p/../q} HTTP/1.1\r\nHost: @\r\n\r\n', statuses: [403]},
  {
    name: 'a request line in the query',
    send: 'GET {/p?a=%20HTTP/1.1%0d%0a} HTTP/1.1\r\nHost: @\r\n\r\n',
    statuses: [403],
  },
]

const NOMINATED: readonly SmugglingRow[] = [
  ...each(
    [
      'Content-Length',
      'close, content-length',
      'Host',
      'Transfer-Encoding, Content-Length',
      'Content_Length',
      'Content-Type',
      'a b',
      '\x0bcontent-length',
    ],
    (names) => ({
      name: `Connection: ${names}`,
      send: post(`Connection: ${names}\r\nContent-Length: 3`, 'abc'),
      ...refused,
    }),
  ),
  ...each(['Transfer-Encoding', 'keep-alive, TE, Trailer, Transfer-Encoding'], (names) => ({
    name: `Connection: ${names}, of a chunked body`,
    send: post(`Connection: ${names}\r\n${CHUNKED}`, CHUNKS),
    ...ABC,
  })),
  ...each(['keep-alive, X-A', 'X-A', 'TE', 'Upgrade', 'X_A', 'X-Marker'], (names) => ({
    name: `Connection: ${names}`,
    send: post(`Connection: ${names}\r\nX-A: 1\r\nContent-Length: 3`, 'abc'),
    ...ABC,
  })),
  {name: 'Connection: close', send: post('Connection: close\r\nContent-Length: 3', 'abc'), ...ABC, closes: true},
  {
    name: 'Keep-Alive and Proxy-Connection',
    send: post('Keep-Alive: max=1\r\nProxy-Connection: close\r\nContent-Length: 3', 'abc'),
    ...ABC,
    closes: true,
  },
]

const EXPECTATIONS: readonly SmugglingRow[] = [
  ...each(
    [
      '100-continue, foo',
      'foo',
      '100-continue;q=1',
      'x-100-continue',
      '100-continue\r\nExpect: foo',
      '100-continue\r\nExpect: 100-continue',
      '100',
      '',
      ' , 100-continue',
    ],
    (value) => ({
      name: `Expect: ${shown(value)}`,
      send: post(`Expect: ${value}\r\nContent-Length: 3`, 'abc'),
      statuses: [417],
      closes: true,
    }),
  ),
  ...each(['100-continue', '100-Continue', ' 100-continue '], (value) => ({
    name: `Expect:${value} with the body at once`,
    send: post(`Expect:${value}\r\nContent-Length: 3`, 'abc'),
    statuses: [100, 200],
    reaches: ['POST /p abc'],
  })),
  {
    name: 'Expect with a chunked body',
    send: post(`Expect: 100-continue\r\n${CHUNKED}`, CHUNKS),
    statuses: [100, 200],
    reaches: ['POST /p abc'],
  },
  {
    name: 'Expect with an empty body',
    send: post('Expect: 100-continue\r\nContent-Length: 0', ''),
    ...passes('POST /p '),
    closes: true,
  },
  {name: 'Expect without a body', send: get('Expect: 100-continue'), ...passes('GET /p '), closes: true},
  {
    name: 'Expect with broken chunks',
    send: post(`Expect: 100-continue\r\n${CHUNKED}`, 'zz\r\n'),
    statuses: [100, 400],
    closes: true,
    breaks: true,
  },
]

const VERSIONS: readonly SmugglingRow[] = [
  // the parser does not expose the name of the protocol: the request goes out as one of HTTP/1.1
  {name: 'RTSP/1.0', send: 'GET {/p} RTSP/1.0\r\nHost: @\r\n\r\n', ...passes('GET /p '), closes: true},
  {name: 'HTTP/1.0', send: 'GET {/p} HTTP/1.0\r\nHost: @\r\n\r\n', ...passes('GET /p '), closes: true},
  {name: 'HTTP/1.0 with a body', send: post('Content-Length: 3', 'abc', '1.0'), ...ABC, closes: true},
  {name: 'HTTP/1.0 that is kept', send: post('Connection: keep-alive\r\nContent-Length: 3', 'abc', '1.0'), ...ABC},
  {
    // its body ends with the connection
    name: 'HTTP/1.0 that is kept, and a response without a length',
    send: 'GET {/events} HTTP/1.0\r\nHost: @\r\nConnection: keep-alive\r\n\r\n',
    ...passes('GET /events '),
    closes: true,
  },
  {
    name: 'HTTP/1.0 with a body without a length',
    send: post('Connection: keep-alive', `${SMUGGLED}`, '1.0'),
    ...passes('POST /p ', 'GET /smuggled '),
  },
]

const UPGRADES: readonly SmugglingRow[] = [
  ...each(['h2c', 'TLS/1.0', 'h2c, foo'], (value) => ({
    name: `Upgrade: ${value}`,
    send: get(`Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${value}\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA`),
    ...passes('GET /p '),
    closes: true,
  })),
  {
    name: 'Upgrade: h2c with a body',
    send: post('Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3', 'abc'),
    ...ABC,
    closes: true,
  },
  {
    name: 'Upgrade: h2c with chunks',
    send: post(`Connection: Upgrade\r\nUpgrade: h2c\r\n${CHUNKED}`, CHUNKS),
    ...ABC,
    closes: true,
  },
  {
    name: 'Upgrade: h2c and the preface of HTTP/2',
    send: `${get('Connection: Upgrade\r\nUpgrade: h2c')}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    ...passes('GET /p '),
    closes: true,
  },
  {
    name: 'Upgrade: websocket with a wrong version',
    send: get('Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777'),
    statuses: [403],
    closes: true,
  },
  {
    name: 'Upgrade: websocket with a length',
    send: post('Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 47', SMUGGLED),
    statuses: [403],
    closes: true,
  },
]

const BODIES: readonly SmugglingRow[] = [
  ...each(['GET', 'DELETE', 'OPTIONS', 'PUT', 'PATCH'], (method) => ({
    name: `${method} with a length`,
    send: `${method} {/p} HTTP/1.1\r\nHost: @\r\nContent-Length: 3\r\n\r\nabc`,
    ...passes(`${method} /p abc`),
  })),
  ...each(['GET', 'DELETE', 'PUT'], (method) => ({
    name: `${method} in chunks`,
    send: `${method} {/p} HTTP/1.1\r\nHost: @\r\n${CHUNKED}\r\n\r\n${CHUNKS}`,
    ...passes(`${method} /p abc`),
  })),
  {
    name: 'HEAD with a length',
    send: 'HEAD {/p} HTTP/1.1\r\nHost: @\r\nContent-Length: 3\r\n\r\nabc',
    ...passes('HEAD /p abc'),
    isHead: true,
  },
  {
    name: 'HEAD in chunks',
    send: `HEAD {/p} HTTP/1.1\r\nHost: @\r\n${CHUNKED}\r\n\r\n${CHUNKS}`,
    ...passes('HEAD /p abc'),
    isHead: true,
  },
  {name: 'HEAD', send: 'HEAD {/p} HTTP/1.1\r\nHost: @\r\n\r\n', ...passes('HEAD /p '), isHead: true},
  {
    name: 'GET with a request as its body',
    send: `GET {/p} HTTP/1.1\r\nHost: @\r\nContent-Length: 5\r\n\r\nGET /`,
    ...passes('GET /p GET /'),
  },
  {name: 'TRACE', send: 'TRACE {/p} HTTP/1.1\r\nHost: @\r\n\r\n', statuses: [405]},
  {
    name: 'CONNECT behind a body',
    send: `${post('Content-Length: 3', 'abc')}CONNECT @ HTTP/1.1\r\nHost: @\r\nContent-Length: 3\r\n\r\nabc`,
    statuses: [200, 400],
    closes: true,
    reaches: ['POST /p abc'],
  },
]

const PIPELINES: readonly SmugglingRow[] = [
  {
    name: 'three requests',
    send: `${post('Content-Length: 3', 'abc')}${get('X-A: 1')}${post(CHUNKED, CHUNKS)}`,
    ...passes('POST /p abc', 'GET /p ', 'POST /p abc'),
  },
  {
    name: 'a malformed head behind',
    send: `${get('X-A: 1')}GET {/q} HTTP/1.1\r\nX\r\n\r\n`,
    statuses: [200, 400],
    closes: true,
    reaches: ['GET /p '],
  },
  {
    name: 'broken chunks behind',
    send: `${get('X-A: 1')}${post(CHUNKED, 'zz\r\nabc')}`,
    statuses: [200, 400],
    closes: true,
    reaches: ['GET /p '],
    breaks: true,
  },
  {
    name: 'both lengths behind',
    send: `${post(CHUNKED, CHUNKS)}${post(`Content-Length: 6\r\n${CHUNKED}`, '0\r\n\r\nG')}`,
    statuses: [200, 400],
    closes: true,
    reaches: ['POST /p abc'],
  },
]

export const SMUGGLING: readonly SmugglingRow[] = [
  ...BOTH_LENGTHS,
  ...LENGTHS,
  ...CODINGS,
  ...CHUNKED_BODIES,
  ...HEADS,
  ...TARGETS,
  ...NOMINATED,
  ...EXPECTATIONS,
  ...VERSIONS,
  ...UPGRADES,
  ...BODIES,
  ...PIPELINES,
]
