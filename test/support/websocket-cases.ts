// The families of cases that conformance suites for WebSockets try, from RFC 6455, as data for a proxy that judges whole messages:
// what a side sends, and what the other side may receive. Numbers are those of the Autobahn TestSuite, where it has the case;
// its families 12 and 13 need compression, which is never negotiated. The proxy fails fast on frames, and on text at its end.

export interface WebSocketCase {
  readonly name: string
  readonly frames: readonly SentFrame[]
  /** What reaches the other side: `text …`, `binary …`, `ping …`, `pong …`. */
  readonly arrives: readonly string[]
  /** The sender breaks a rule: the code and reason of the close frame that it gets. */
  readonly fails?: string
  /** The sender's own close frame, as the other side gets it. */
  readonly closes?: string
  /** Bytes of each packet. */
  readonly packets?: number
}

export interface SentFrame {
  /** FIN, reserved bits and opcode. */
  readonly first: number
  readonly payload: Buffer
  /** The wrong side masks it, or the right one does not. */
  readonly isMaskedWrongly?: boolean
}

const FIN = 0x80
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10]
const bytes = (payload: string | Buffer): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload
const frame = (first: number, payload: string | Buffer = ''): SentFrame => ({first, payload: bytes(payload)})
const whole = (opcode: number, payload: string | Buffer = ''): SentFrame => frame(FIN | opcode, payload)
const text = (payload: string | Buffer): SentFrame => whole(TEXT, payload)
const line = (kind: string, payload: string | Buffer): string => `${kind} ${bytes(payload).toString('latin1')}`
const fragments = (opcode: number, parts: readonly (string | Buffer)[]): readonly SentFrame[] =>
  parts.map((part, i) => frame((i === parts.length - 1 ? FIN : 0) | (i === 0 ? opcode : CONTINUATION), part))
const code = (value: number, reason: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.from([value >> 8, value & 255]), bytes(reason)])
const stars = (length: number): string => '*'.repeat(length)

const RESERVED = '1002 reserved bit set'
const COMPRESSED = '1002 compressed frames not supported'
const OPCODE = '1002 unknown opcode'
const FRAGMENTED = '1002 fragmented control frame'
const LONG = '1002 control frame too long'
const NO_START = '1002 continuation without a start'
const INTERRUPTED = '1002 new message inside a fragmented message'
const BAD_CLOSE = '1002 invalid close frame'
const BAD_TEXT = '1007 invalid UTF-8'

const FRAMING: readonly WebSocketCase[] = [
  ...[0, 125, 126, 127, 128, 65_535, 65_536].flatMap((length, i): readonly WebSocketCase[] => [
    {
      name: `1.1.${i + 1} text of ${length} bytes`,
      frames: [text(stars(length))],
      arrives: [line('text', stars(length))],
    },
    {
      name: `1.2.${i + 1} binary of ${length} bytes`,
      frames: [whole(BINARY, Buffer.alloc(length, 0xfe))],
      arrives: [line('binary', Buffer.alloc(length, 0xfe))],
    },
  ]),
  {
    name: '1.1.8 text of 65536 bytes in packets of 997',
    frames: [text(stars(65_536))],
    arrives: [line('text', stars(65_536))],
    packets: 997,
  },
  {
    name: '1.2.8 binary of 65536 bytes in packets of 997',
    frames: [whole(BINARY, Buffer.alloc(65_536, 0xfe))],
    arrives: [line('binary', Buffer.alloc(65_536, 0xfe))],
    packets: 997,
  },
]

const EVERY_BYTE = Buffer.from('00fffefdfcfb00ff', 'hex')
const CONTROL: readonly WebSocketCase[] = [
  {name: '2.1 ping without a payload', frames: [whole(PING)], arrives: ['ping']},
  {name: '2.2 ping with text', frames: [whole(PING, 'Hello, world!')], arrives: ['ping Hello, world!']},
  {name: '2.3 ping with bytes', frames: [whole(PING, EVERY_BYTE)], arrives: [line('ping', EVERY_BYTE)]},
  {
    name: '2.4 ping of 125 bytes',
    frames: [whole(PING, Buffer.alloc(125, 0xfe))],
    arrives: [line('ping', Buffer.alloc(125, 0xfe))],
  },
  {name: '2.5 ping of 126 bytes', frames: [whole(PING, Buffer.alloc(126, 0xfe))], arrives: [], fails: LONG},
  {
    name: '2.6 ping of 125 bytes, byte by byte',
    frames: [whole(PING, Buffer.alloc(125, 0xfe))],
    arrives: [line('ping', Buffer.alloc(125, 0xfe))],
    packets: 1,
  },
  {name: '2.7 pong without a payload', frames: [whole(PONG)], arrives: ['pong']},
  {name: '2.8 pong with text', frames: [whole(PONG, 'unsolicited')], arrives: ['pong unsolicited']},
  {
    name: '2.9 pong, then ping',
    frames: [whole(PONG, 'unsolicited'), whole(PING, 'ping')],
    arrives: ['pong unsolicited', 'ping ping'],
  },
  ...[undefined, 1].map((packets, i) => ({
    name: `2.1${i} ten pings${packets ? ', byte by byte' : ''}`,
    frames: Array.from({length: 10}, (_, n) => whole(PING, `payload-${n}`)),
    arrives: Array.from({length: 10}, (_, n) => `ping payload-${n}`),
    ...(packets && {packets}),
  })),
]

const HELLO = 'Hello, world!'
const hello = `text ${HELLO}`
const RESERVED_BITS: readonly WebSocketCase[] = [
  {name: '3.1 RSV3 on text', frames: [frame(FIN | 0x10 | TEXT, HELLO)], arrives: [], fails: RESERVED},
  {
    name: '3.2 RSV2 behind text',
    frames: [text(HELLO), frame(FIN | 0x20 | TEXT, HELLO), whole(PING)],
    arrives: [hello],
    fails: RESERVED,
  },
  {
    name: '3.3 RSV2 and RSV3 behind text, in packets of 5',
    frames: [text(HELLO), frame(FIN | 0x30 | TEXT, HELLO), whole(PING)],
    arrives: [hello],
    fails: RESERVED,
    packets: 5,
  },
  {
    name: '3.4 RSV1 behind text, byte by byte',
    frames: [text(HELLO), frame(FIN | 0x40 | TEXT, HELLO), whole(PING)],
    arrives: [hello],
    fails: COMPRESSED,
    packets: 1,
  },
  {
    name: '3.5 RSV1 and RSV3 on binary',
    frames: [frame(FIN | 0x50 | BINARY, EVERY_BYTE)],
    arrives: [],
    fails: COMPRESSED,
  },
  {name: '3.6 RSV1 and RSV2 on ping', frames: [frame(FIN | 0x60 | PING, HELLO)], arrives: [], fails: COMPRESSED},
  {name: '3.7 all on close', frames: [frame(FIN | 0x70 | CLOSE)], arrives: [], fails: COMPRESSED},
  {
    name: '3.x RSV3 on a continuation',
    frames: [frame(TEXT, 'a'), frame(FIN | 0x10 | CONTINUATION, 'b')],
    arrives: [],
    fails: RESERVED,
  },
]

const OPCODES: readonly WebSocketCase[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap(
  (opcode): readonly WebSocketCase[] => [
    {name: `4.x opcode ${opcode}`, frames: [whole(opcode)], arrives: [], fails: OPCODE},
    {
      name: `4.x opcode ${opcode} with a payload, behind text`,
      frames: [text(HELLO), whole(opcode, 'payload'), whole(PING)],
      arrives: [hello],
      fails: OPCODE,
    },
  ],
)

const FRAGMENTS: readonly WebSocketCase[] = [
  {name: '5.1 ping in two fragments', frames: fragments(PING, ['a', 'b']), arrives: [], fails: FRAGMENTED},
  {name: '5.2 pong in two fragments', frames: fragments(PONG, ['a', 'b']), arrives: [], fails: FRAGMENTED},
  ...[undefined, 5, 1].map((packets, i) => ({
    name: `5.${3 + i} text in two fragments${packets ? `, in packets of ${packets}` : ''}`,
    frames: fragments(TEXT, ['fragment1', 'fragment2']),
    arrives: ['text fragment1fragment2'],
    ...(packets && {packets}),
  })),
  ...[undefined, 5, 1].map((packets, i) => {
    const [first, last] = fragments(TEXT, ['fragment1', 'fragment2'])
    return {
      name: `5.${6 + i} ping between two fragments${packets ? `, in packets of ${packets}` : ''}`,
      frames: [first, whole(PING, 'ping'), last].filter((one) => one !== undefined),
      arrives: ['ping ping', 'text fragment1fragment2'],
      ...(packets && {packets}),
    }
  }),
  ...[undefined, 5, 1].flatMap((packets, i) =>
    [FIN, 0].map((fin, n) => ({
      name: `5.${9 + i + 3 * n} continuation ${fin ? 'that ends' : 'of'} no message${packets ? `, in packets of ${packets}` : ''}`,
      frames: [frame(fin | CONTINUATION, 'non-continuation'), text(HELLO)],
      arrives: [],
      fails: NO_START,
      ...(packets && {packets}),
    })),
  ),
  {
    name: '5.15 continuation behind a complete message',
    frames: [...fragments(TEXT, ['fragment1', 'fragment2']), frame(CONTINUATION, 'fragment3'), text('fragment4')],
    arrives: ['text fragment1fragment2'],
    fails: NO_START,
  },
  {
    name: '5.16 continuations before texts',
    frames: [frame(CONTINUATION, 'fragment1'), text('fragment2')],
    arrives: [],
    fails: NO_START,
  },
  {
    name: '5.18 text inside a text',
    frames: [frame(TEXT, 'fragment1'), text('fragment2')],
    arrives: [],
    fails: INTERRUPTED,
  },
  {
    name: '5.x binary inside a text',
    frames: [frame(TEXT, 'fragment1'), frame(BINARY, 'fragment2')],
    arrives: [],
    fails: INTERRUPTED,
  },
  {
    name: '5.19 two texts in five fragments, with pings',
    frames: [
      ...[frame(TEXT, 'f1'), frame(CONTINUATION, 'f2'), whole(PING, 'p1'), frame(CONTINUATION, 'f3')],
      ...[frame(CONTINUATION, 'f4'), whole(PING, 'p2'), whole(CONTINUATION, 'f5')],
    ],
    arrives: ['ping p1', 'ping p2', 'text f1f2f3f4f5'],
  },
  {
    name: '5.x binary in fragments',
    frames: fragments(BINARY, [EVERY_BYTE, '', EVERY_BYTE]),
    arrives: [line('binary', Buffer.concat([EVERY_BYTE, EVERY_BYTE]))],
  },
]

const GREETING = Buffer.from('Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!')
const KOSME = Buffer.from('\u03ba\u1f79\u03c3\u03bc\u03b5')
const octets = (value: Buffer): readonly Buffer[] => [...value].map((byte) => Buffer.from([byte]))
const SURROGATE = Buffer.concat([KOSME, Buffer.from('eda080', 'hex'), Buffer.from('edited')])

/** Sequences of code points that are text, in hexadecimal digits. */
const VALID_TEXT: Readonly<Record<string, string>> = {
  '6.6.2 two bytes': 'ceba',
  '6.6.5 three bytes behind two': 'cebae1bdb9',
  '6.6.11 a Greek word': KOSME.toString('hex'),
  '6.7.1 first of one byte': '00',
  '6.7.2 first of two bytes': 'c280',
  '6.7.3 first of three bytes': 'e0a080',
  '6.7.4 first of four bytes': 'f0908080',
  '6.9.1 last of one byte': '7f',
  '6.9.2 last of two bytes': 'dfbf',
  '6.9.3 last of three bytes': 'efbfbf',
  '6.9.4 last of four bytes': 'f48fbfbf',
  '6.11.1 before the surrogates': 'ed9fbf',
  '6.11.2 behind the surrogates': 'ee8080',
  '6.11.3 replacement character': 'efbfbd',
  '6.11.4 last code point': 'f48fbfbf',
  '6.22.1 no character U+FFFE': 'efbfbe',
  '6.22.3 no character U+1FFFE': 'f09fbfbe',
  '6.22.33 no character U+10FFFE': 'f48fbfbe',
  '6.23.1 object replacement': 'efbfbc',
}

/** Bytes that are no text. */
const INVALID_TEXT: Readonly<Record<string, string>> = {
  '6.6.1 a lonely start': 'ce',
  '6.6.3 a cut sequence behind a whole one': 'cebae1',
  '6.6.4 a cut sequence, longer': 'cebae1bd',
  '6.8.1 first of five bytes': 'f888808080',
  '6.8.2 first of six bytes': 'fc8480808080',
  '6.10.1 last of five bytes': 'fbbfbfbfbf',
  '6.10.2 last of six bytes': 'fdbfbfbfbfbf',
  '6.10.3 behind the last code point': 'f4908080',
  '6.12.1 a lonely continuation': '80',
  '6.12.2 another lonely continuation': 'bf',
  '6.12.4 three continuations': '80bf80',
  '6.12.8 all continuations': Array.from({length: 64}, (_, i) => (0x80 + i).toString(16)).join(''),
  '6.13.1 starts of two bytes': 'c020c120c220c320c420c520c620c720df20',
  '6.13.2 starts of three bytes': 'e020e120ef20',
  '6.13.3 starts of four bytes': 'f020f120f720',
  '6.14.1 two bytes, the last missing': 'c0',
  '6.14.2 three bytes, the last missing': 'e080',
  '6.14.3 four bytes, the last missing': 'f08080',
  '6.14.6 two bytes at their end, the last missing': 'df',
  '6.14.7 three bytes at their end, the last missing': 'efbf',
  '6.14.8 four bytes at their end, the last missing': 'f7bfbf',
  '6.15.1 cut sequences in a row': 'c0e080f08080f8808080fc80808080dfefbff7bfbf',
  '6.16.1 FE': 'fe',
  '6.16.2 FF': 'ff',
  '6.16.3 FE FE FF FF': 'fefeffff',
  '6.17.1 a slash in two bytes': 'c0af',
  '6.17.2 a slash in three bytes': 'e080af',
  '6.17.3 a slash in four bytes': 'f08080af',
  '6.17.4 a slash in five bytes': 'f8808080af',
  '6.17.5 a slash in six bytes': 'fc80808080af',
  '6.18.1 longest of two bytes too long': 'c1bf',
  '6.18.2 longest of three bytes too long': 'e09fbf',
  '6.18.3 longest of four bytes too long': 'f08fbfbf',
  '6.19.1 NUL in two bytes': 'c080',
  '6.19.2 NUL in three bytes': 'e08080',
  '6.19.3 NUL in four bytes': 'f0808080',
  '6.20.1 first high surrogate': 'eda080',
  '6.20.2 last of the high surrogates': 'edadbf',
  '6.20.4 high surrogate for private use': 'edafbf',
  '6.20.5 first low surrogate': 'edb080',
  '6.20.7 last low surrogate': 'edbfbf',
  '6.21.1 a pair of surrogates': 'eda080edb080',
  '6.21.8 the last pair of surrogates': 'edafbfedbfbf',
}

const TEXTS: readonly WebSocketCase[] = [
  {name: '6.1.1 empty text', frames: [text('')], arrives: ['text ']},
  {name: '6.1.2 three empty fragments', frames: fragments(TEXT, ['', '', '']), arrives: ['text ']},
  {
    name: '6.1.3 the middle fragment is not empty',
    frames: fragments(TEXT, ['', 'middle', '']),
    arrives: ['text middle'],
  },
  {name: '6.2.1 umlauts', frames: [text(GREETING)], arrives: [line('text', GREETING)]},
  {
    name: '6.2.2 umlauts in two fragments',
    frames: fragments(TEXT, [GREETING.subarray(0, 12), GREETING.subarray(12)]),
    arrives: [line('text', GREETING)],
  },
  {
    name: '6.2.x a character over two fragments',
    frames: fragments(TEXT, [GREETING.subarray(0, 7), GREETING.subarray(7)]),
    arrives: [line('text', GREETING)],
  },
  {
    name: '6.2.3 a fragment for each byte',
    frames: fragments(TEXT, octets(GREETING)),
    arrives: [line('text', GREETING)],
  },
  {
    name: '6.2.4 a Greek word, a fragment for each byte',
    frames: fragments(TEXT, octets(KOSME)),
    arrives: [line('text', KOSME)],
  },
  {name: '6.3.1 a surrogate', frames: [text(SURROGATE)], arrives: [], fails: BAD_TEXT},
  {
    name: '6.3.2 a surrogate, a fragment for each byte',
    frames: fragments(TEXT, octets(SURROGATE)),
    arrives: [],
    fails: BAD_TEXT,
  },
  {
    name: '6.4.1 a bad fragment between good ones',
    frames: fragments(TEXT, [KOSME, Buffer.from('f4908080', 'hex'), 'edited']),
    arrives: [],
    fails: BAD_TEXT,
  },
  {
    name: '6.4.2 a character that a fragment makes too large',
    frames: fragments(TEXT, [
      Buffer.concat([KOSME, Buffer.from('f4', 'hex')]),
      Buffer.from('90', 'hex'),
      Buffer.from('8080', 'hex'),
    ]),
    arrives: [],
    fails: BAD_TEXT,
  },
  {name: '6.x binary holds what is no text', frames: [whole(BINARY, SURROGATE)], arrives: [line('binary', SURROGATE)]},
  ...Object.entries(VALID_TEXT).map(([name, hex]) => ({
    name,
    frames: [text(Buffer.from(hex, 'hex'))],
    arrives: [line('text', Buffer.from(hex, 'hex'))],
  })),
  ...Object.entries(INVALID_TEXT).map(([name, hex]) => ({
    name,
    frames: [text(Buffer.from(hex, 'hex'))],
    arrives: [],
    fails: BAD_TEXT,
  })),
]

const closing = (value: number, reason: string | Buffer = ''): SentFrame => whole(CLOSE, code(value, reason))
const CLOSING: readonly WebSocketCase[] = [
  {name: '7.1.1 text, then close', frames: [text(HELLO), closing(1000)], arrives: [hello], closes: '1000'},
  {
    name: '7.1.2 two close frames',
    frames: [closing(1000, 'first'), closing(1001, 'second')],
    arrives: [],
    closes: '1000 first',
  },
  {name: '7.1.3 ping behind close', frames: [closing(1000), whole(PING, 'late')], arrives: [], closes: '1000'},
  {name: '7.1.4 text behind close', frames: [closing(1000), text(HELLO)], arrives: [], closes: '1000'},
  {
    name: '7.1.5 close inside a message',
    frames: [frame(TEXT, 'fragment1'), closing(1000), whole(CONTINUATION, 'fragment2')],
    arrives: [],
    closes: '1000',
  },
  {
    name: '7.1.6 256 KB, close, ping',
    frames: [text(stars(262_144)), closing(1000), whole(PING)],
    arrives: [line('text', stars(262_144))],
    closes: '1000',
  },
  {name: '7.3.1 no payload', frames: [whole(CLOSE)], arrives: [], closes: ''},
  {name: '7.3.2 one byte', frames: [whole(CLOSE, 'a')], arrives: [], fails: BAD_CLOSE},
  {name: '7.3.3 code alone', frames: [closing(1000)], arrives: [], closes: '1000'},
  {name: '7.3.4 code and reason', frames: [closing(1000, 'Hello')], arrives: [], closes: '1000 Hello'},
  {name: '7.3.5 longest reason', frames: [closing(1000, stars(123))], arrives: [], closes: `1000 ${stars(123)}`},
  {name: '7.3.6 reason too long', frames: [closing(1000, stars(124))], arrives: [], fails: LONG},
  {name: '7.5.1 reason that is no text', frames: [closing(1000, SURROGATE)], arrives: [], fails: BAD_TEXT},
  {name: '7.x fragmented close', frames: [frame(CLOSE, code(1000))], arrives: [], fails: FRAGMENTED},
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((value) => ({
    name: `7.7 code ${value}`,
    frames: [closing(value)],
    arrives: [],
    closes: String(value),
  })),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((value) => ({
    name: `7.9, 7.13 code ${value}`,
    frames: [closing(value)],
    arrives: [],
    fails: BAD_CLOSE,
  })),
]

const KIB = 1024
const LIMIT = 1024 * KIB
const sized = (kind: 'text' | 'binary', name: string, length: number, fragment: number): WebSocketCase => {
  const payload = Buffer.alloc(length, '*')
  const opcode = kind === 'text' ? TEXT : BINARY
  const parts = Array.from({length: Math.ceil(length / fragment)}, (_, i) =>
    payload.subarray(i * fragment, (i + 1) * fragment),
  )
  return {
    name: `${name} ${kind} of ${length} bytes, ${fragment} a frame`,
    frames: fragments(opcode, parts),
    arrives: [line(kind, payload)],
  }
}
const LIMITS: readonly WebSocketCase[] = [
  sized('text', '9.1.1', 64 * KIB, 64 * KIB),
  sized('text', '9.1.3', LIMIT, LIMIT),
  sized('binary', '9.2.3', LIMIT, LIMIT),
  sized('text', '9.3.3', LIMIT, KIB),
  sized('binary', '9.4.x', 64 * KIB, 64),
  {...sized('text', '9.5.x in small packets', 64 * KIB, 64 * KIB), packets: 512},
  ...[text, (payload: Buffer) => whole(BINARY, payload)].map((make, i) => ({
    name: `9.1.4 ${i === 0 ? 'text' : 'binary'} over the limit`,
    frames: [make(Buffer.alloc(LIMIT + 1, '*'))],
    arrives: [],
    fails: '1009 message too large',
  })),
  {
    name: '9.3.x fragments over the limit',
    frames: [
      ...fragments(TEXT, [Buffer.alloc(LIMIT, '*')]),
      frame(TEXT, Buffer.alloc(LIMIT, '*')),
      frame(CONTINUATION, '*'),
    ],
    arrives: [line('text', stars(LIMIT))],
    fails: '1009 message too large',
  },
  {
    name: '9.7 two hundred messages',
    frames: Array.from({length: 200}, (_, i) => text(`${i} ${stars(i)}`)),
    arrives: Array.from({length: 200}, (_, i) => `text ${i} ${stars(i)}`),
  },
  {
    name: '10.1.1 fragments of 1300 bytes',
    frames: sized('text', '', 65_536, 1300).frames,
    arrives: [line('text', stars(65_536))],
  },
]

/** RFC 6455, section 5.1: a client masks every frame, a server none. */
const MASKS: readonly WebSocketCase[] = [text(HELLO), whole(PING), closing(1000)].map((one, i) => ({
  name: `mask of the wrong side on ${['text', 'ping', 'close'][i]}`,
  frames: [{...one, isMaskedWrongly: true}],
  arrives: [],
  fails: '1002 (un)masked frame',
}))

export const WEBSOCKET_CASES: readonly WebSocketCase[] = [
  ...FRAMING,
  ...CONTROL,
  ...RESERVED_BITS,
  ...OPCODES,
  ...FRAGMENTS,
  ...TEXTS,
  ...CLOSING,
  ...LIMITS,
  ...MASKS,
]
