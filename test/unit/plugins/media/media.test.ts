// The policy on answers: what is refused by its name and by its bytes, what is taken out, and what is said of it.
import {describe, expect, test} from 'vitest'
import {EXCHANGE} from '../../../support/exchanges.js'
import type {Exchange, Header, Unit} from '../../../../src/core/exchange.js'
import {headUnit} from '../../../../src/core/inspection.js'
import {composePolicy} from '../../../../src/core/pipeline.js'
import type {Ruling} from '../../../../src/core/policy.js'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/media/config.js'
import {mediaHooks} from '../../../../src/plugins/media/create.js'
import {createMediaPolicy} from '../../../../src/plugins/media/policy.js'
import {
  gifBlock,
  gifFrame,
  jpegSegment,
  makeGif,
  makeJpeg,
  makePng,
  makeWebp,
  pngChunk,
} from '../../../support/images.js'

const SECRET = 'where it was taken'
const dirty = makePng([pngChunk('tEXt', SECRET)])
const mp3 = Buffer.from('ID3\x04\0\0\0\0\0\0')
const mp4 = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0')
const avif = Buffer.from('\0\0\0\x18ftypavif\0\0\0\0')

function make(section: object = {}, mode: {enforce?: boolean} = {}) {
  const logged: Readonly<Record<string, unknown>>[] = []
  const note = (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    void logged.push({event, ...fields})
  const config = sections.media_policy.parse(section)
  const hooks = mediaHooks(config, createMediaPolicy(config), {debug: note, info: note, warn: note, error: note})
  const policy = composePolicy({
    mode: 'balanced',
    enforce: mode.enforce ?? true,
    generation: 1,
    explainBlocks: false,
    configHash: '',
    policyHash: '',
    hooks: [{plugin: 'media', hooks}],
    onFault: (_plugin, _hook, error) => {
      throw new Error('fault', {cause: error})
    },
  })
  return {policy, logged}
}

const exchange = (method = 'GET'): Exchange => ({
  ...EXCHANGE,
  target: parseTarget('http://x.test/a.png').target,
  method,
})

interface Answered {
  readonly why: string | undefined
  readonly action: string
  /** undefined: refused at the head. */
  readonly sent: Buffer | undefined
  readonly event: Readonly<Record<string, unknown>> | undefined
}

/** As a transport has an answer judged: its head, its beginning where it is too long, its body where it is wanted. */
async function response(
  {policy, logged}: ReturnType<typeof make>,
  type: string,
  bytes: Buffer,
  {
    method = 'GET',
    status = 200,
    held = 10_000_000,
    headers = [],
  }: {method?: string; status?: number; held?: number; headers?: Header[]} = {},
): Promise<Answered> {
  const x = exchange(method)
  const head = headUnit('response', [['Content-Type', type], ...headers], status)
  const none = policy.conclude(x, [])
  const end = (ruling: Ruling, unit: Unit | undefined): Answered => {
    policy.observe(x, ruling, {status: 200, responseBytes: bytes.length, requestBytes: 0, durationMs: 1})
    const {cause, action} = ruling.decision
    return {why: cause?.detail.replace('media_policy: ', ''), action, sent: unit?.bytes, event: logged.at(-1)}
  }
  const first = await policy.inspect(x, head, none)
  if (!first.unit) return end(first.ruling, undefined)
  const want = method === 'HEAD' ? undefined : policy.requires(x, head)
  const body = {...head, kind: 'body' as const, bytes}
  if (!want) return end(first.ruling, body)
  const maxBytes = Math.max(want.maxBytes, 0)
  if (bytes.length > Math.min(maxBytes === 1445 ? held : maxBytes, held)) {
    const findings = want.over({beginning: bytes.subarray(0, 1445), bytes: bytes.length})
    const ruling = policy.conclude(x, findings, first.ruling)
    return end(ruling, ruling.decision.action === 'block' ? undefined : body)
  }
  const verdict = await policy.inspect(x, body, first.ruling)
  return end(verdict.ruling, verdict.unit)
}

describe('by default', () => {
  const made = make()

  test.each<[string, Buffer, string]>([
    ['audio/mpeg', mp3, 'audio stripped'],
    ['Audio/Unknown; x=y', Buffer.from('?'), 'audio stripped'],
    ['video/mp4', mp4, 'video stripped'],
    ['application/ogg', Buffer.from('OggS'), 'audio stripped'],
    ['image/webp', makeWebp(), 'image type "image/webp" not in allowed list'],
    ['image/svg+xml', makeWebp(), 'image type "image/webp" not in allowed list'],
    ['image/svg+xml', mp3, 'image type "image/svg+xml" not in allowed list'],
    ['image/"\u00e9\u202e', Buffer.from('x'), 'image type "image/?" not in allowed list'],
    ['', mp3, 'audio stripped'],
    ['application/octet-stream', mp4, 'video stripped'],
    ['binary/octet-stream', makeWebp(), 'image type "image/webp" not in allowed list'],
    ['image/png', makeWebp(), 'image type "image/webp" not in allowed list'],
    ['audio/mpeg', makePng(), 'audio stripped'],
    ['image/jpeg', mp3, 'audio stripped'],
    ['text/plain', makePng(), 'image/png declared as text/plain'],
    ['application/json', mp3, 'audio/mpeg declared as application/json'],
    ['font/woff', makeJpeg(), 'image/jpeg declared as font/woff'],
    ['image/png', Buffer.from('<html>'), 'image parse error: content is not image/png'],
    ['image/jpg', Buffer.from('words'), 'image parse error: content is not image/jpeg'],
    ['image/png', makePng().subarray(0, 50), 'image parse error: a chunk is longer than the image'],
    ['application/unknown', Buffer.concat([makeJpeg(), mp3]), 'image parse error: data after the end'],
  ])('%s is refused: %#', async (type, bytes, why) => {
    const verdict = await response(made, type, bytes)
    expect([verdict.action, verdict.why, verdict.sent]).toEqual(['block', why, undefined])
    expect(verdict.event).toMatchObject({event: 'media_exposure', blocked: true, block_reason: `media_policy: ${why}`})
  })

  test.each<[string, Buffer, Buffer]>([
    ['image/png', dirty, makePng()],
    ['IMAGE/PNG; q=1', dirty, makePng()],
    ['application/octet-stream', dirty, makePng()],
    ['', dirty, makePng()],
    ['image/jpeg', makeJpeg({beside: [jpegSegment(0xe1, SECRET)]}), makeJpeg()],
    ['image/jpeg', dirty, makePng()],
  ])('%s loses its metadata', async (type, bytes, sent) => {
    const verdict = await response(made, type, bytes)
    expect([verdict.action, verdict.sent]).toEqual(['allow', sent])
    expect(verdict.event).toMatchObject({
      event: 'media_exposure',
      transport: 'forward',
      url: 'http://x.test/a.png',
      content_type: sent.equals(makePng()) ? 'image/png' : 'image/jpeg',
      format: sent.equals(makePng()) ? 'png' : 'jpeg',
      size_bytes: bytes.length,
      metadata_segments_removed: 1,
      metadata_bytes_removed: bytes.length - sent.length,
      blocked: false,
    })
  })

  test.each<[string, Buffer]>([
    ['image/png', makePng()],
    ['image/png', Buffer.alloc(0)],
    ['text/html', Buffer.from('<html>')],
    ['text/plain', Buffer.from('GIF89a is what such files begin with; ID3 is another one')],
    ['application/octet-stream', Buffer.from('PK\x03\x04')],
    ['application/pdf', Buffer.from('%PDF-1.7')],
    ['text/event-stream', makePng()],
  ])('%s passes as it is: %#', async (type, bytes) => {
    const verdict = await response(made, type, bytes)
    expect([verdict.action, verdict.sent]).toEqual(['allow', bytes])
  })

  test('nothing is exposed by HEAD, 204 and 304', async () => {
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const) {
      expect(await response(make(), 'audio/mpeg', Buffer.alloc(0), {method, status})).toMatchObject({
        action: 'allow',
        event: undefined,
      })
    }
  })

  test.each<[declared: string, bytes: Buffer, actual: string]>([
    ['image/png', makeGif(), 'image/gif'],
    ['image/webp', makePng(), 'image/png'],
    ['IMAGE/JPG', makePng(), 'image/png'],
    ['image/svg+xml; charset=utf-8', makePng(), 'image/png'],
  ])(
    'an image that is declared as %s and allowed by its content gets its own type',
    async (declared, bytes, actual) => {
      const x = exchange()
      const head = headUnit(
        'response',
        [
          ['content-TYPE', declared],
          ['X-Other', '1'],
        ],
        200,
      )
      const first = await made.policy.inspect(x, head, made.policy.conclude(x, []))
      const {unit, ruling} = await made.policy.inspect(x, {...head, kind: 'body', bytes}, first.ruling)
      expect([ruling.decision.action, unit?.contentType, unit?.mediaType, unit?.bytes]).toEqual([
        'allow',
        actual,
        actual,
        bytes,
      ])
      expect(unit?.headers).toEqual([
        ['content-TYPE', actual],
        ['X-Other', '1'],
      ])
    },
  )

  test('an image that has the type it declares keeps the spelling of it', async () => {
    const verdict = await response(made, 'image/jpg', makeJpeg())
    expect([verdict.action, verdict.why]).toEqual(['allow', undefined])
  })

  test('SVG is a document and none of its business, unless no image may pass', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1"/></svg>')
    expect(await response(make(), 'image/svg+xml', svg)).toMatchObject({action: 'allow', sent: svg, event: undefined})
    const none = make({strip_images: true})
    expect(await response(none, 'image/svg+xml', svg)).toMatchObject({action: 'block', why: 'images stripped'})
  })

  test('every type that is declared counts', async () => {
    const headers: Header[] = [['content-type', 'image/svg+xml']]
    const why = 'image type "image/svg+xml" not in allowed list'
    expect(await response(made, 'text/plain', Buffer.from('<svg/>'), {headers})).toMatchObject({why})
    expect(await response(made, 'text/plain, image/svg+xml', Buffer.from('<svg/>'))).toMatchObject({why})
  })

  test('requests are not inspected', async () => {
    const head = headUnit('request', [['Content-Type', 'audio/mpeg']])
    expect(made.policy.requires(exchange(), head)).toBeUndefined()
    expect(
      (
        await made.policy.inspect(
          exchange(),
          {...head, kind: 'body', bytes: dirty},
          made.policy.conclude(exchange(), []),
        )
      ).unit?.bytes,
    ).toBe(dirty)
  })

  test('what is too long to be held is told from its beginning', async () => {
    const long = (begin: Buffer): Buffer => Buffer.concat([begin, Buffer.alloc(5000)])
    const over = {held: 2000}
    expect(await response(made, 'font/woff', long(Buffer.from('wOFF')), over)).toMatchObject({action: 'allow'})
    expect(await response(made, 'font/woff', long(makePng()), over)).toMatchObject({
      why: 'image/png declared as font/woff',
    })
    expect(await response(made, 'application/octet-stream', long(mp4), over)).toMatchObject({why: 'video stripped'})
    expect(await response(made, 'application/octet-stream', long(makePng()), over)).toMatchObject({
      why: 'image too large to inspect',
    })
    expect(await response(made, 'text/plain', long(Buffer.from('words')), over)).toMatchObject({action: 'allow'})
  })
})

describe('a setting', () => {
  test('strip_images refuses every image', async () => {
    const made = make({strip_images: true})
    for (const type of ['image/png', ''])
      expect(await response(made, type, makePng())).toMatchObject({why: 'images stripped'})
  })

  test('strip_audio and strip_video let sound and films pass, and nothing else under their names', async () => {
    const made = make({strip_audio: false, strip_video: false})
    for (const [type, bytes] of [
      ['audio/mpeg', mp3],
      ['', mp4],
      ['video/mp4', mp4],
    ] as const) {
      const verdict = await response(made, type, bytes)
      expect([verdict.action, verdict.sent]).toEqual(['allow', bytes])
      expect(verdict.event).toMatchObject({event: 'media_exposure', blocked: false, size_bytes: bytes.length})
    }
    expect(await response(made, 'video/mp4', makeWebp())).toMatchObject({
      why: 'image type "image/webp" not in allowed list',
    })
    expect(await response(made, 'audio/mpeg', Buffer.from('<script>x()'))).toMatchObject({
      why: 'a document declared as audio/mpeg',
    })
    const one = make({strip_audio: false})
    expect(await response(one, 'audio/mp4', mp4)).toMatchObject({why: 'video stripped'})
  })

  test('allowed_image_types names what may pass, in any spelling', async () => {
    const made = make({allowed_image_types: ['IMAGE/GIF; x', 'image/webp', 'image/avif']})
    expect(await response(made, 'image/png', makePng())).toMatchObject({
      why: 'image type "image/png" not in allowed list',
    })
    expect((await response(made, 'image/gif', makeGif([gifBlock(0xfe, SECRET), gifFrame()]))).sent).toEqual(makeGif())
    expect((await response(made, 'image/avif', avif)).sent).toBe(avif)
    expect(await response(made, 'image/avif', Buffer.from('<svg>'))).toMatchObject({
      why: 'a document declared as image/avif',
    })
    expect(await response(make({allowed_image_types: []}), 'image/png', makePng())).toMatchObject({action: 'block'})
  })

  test('max_image_bytes is asked before anything is read', async () => {
    const size = dirty.length
    const made = make({max_image_bytes: size - 1})
    const why = `image size ${size} exceeds limit ${size - 1}`
    for (const type of ['image/png', '']) {
      for (const bytes of [dirty, Buffer.concat([dirty.subarray(0, 60), Buffer.alloc(size - 60)])])
        expect(await response(made, type, bytes)).toMatchObject({action: 'block', why})
    }
    expect(await response(make({max_image_bytes: size}), 'image/png', dirty)).toMatchObject({action: 'allow'})
    expect(
      make({max_image_bytes: 0}).policy.requires(exchange(), headUnit('response', [['content-type', 'image/png']]))
        ?.maxBytes,
    ).toBe(5_242_880)
  })

  test('strip_image_metadata: false hands images on as they are, whatever is in them', async () => {
    const made = make({strip_image_metadata: false})
    for (const bytes of [dirty, makePng().subarray(0, 50)])
      expect((await response(made, 'image/png', bytes)).sent).toBe(bytes)
  })

  test('log_media_exposure: false says nothing', async () => {
    expect(await response(make({log_media_exposure: false}), 'image/png', dirty)).toMatchObject({
      sent: makePng(),
      event: undefined,
    })
  })

  test('enabled: false lets everything pass', async () => {
    const made = make({enabled: false})
    for (const [type, bytes] of [
      ['audio/mpeg', mp3],
      ['text/plain', dirty],
    ] as const)
      expect(await response(made, type, bytes)).toMatchObject({action: 'allow', sent: bytes, event: undefined})
  })
})

test('where nothing is enforced it is said once, and passes', async () => {
  const made = make({}, {enforce: false})
  for (const [type, bytes] of [
    ['audio/mpeg', mp3],
    ['image/webp', makeWebp()],
    ['text/plain', makePng()],
  ] as const) {
    const x = exchange()
    const head = headUnit('response', [['Content-Type', type]], 200)
    const first = await made.policy.inspect(x, head, made.policy.conclude(x, []))
    const verdict = await made.policy.inspect(x, {...head, kind: 'body', bytes}, first.ruling)
    expect([verdict.unit?.bytes, verdict.ruling.decision.action, verdict.ruling.decision.findings.length]).toEqual([
      bytes,
      'warn',
      1,
    ])
  }
  const long = Buffer.concat([makePng(), Buffer.alloc(6_000_000)])
  const result = await response(made, 'image/png', long)
  expect([result.action, result.sent === long, result.event?.['blocked']]).toEqual(['warn', true, false])
})

test('the stricter of what is said and what is there holds, also without a head', () => {
  const policy = createMediaPolicy(sections.media_policy.parse({}))
  for (const [verdict, bytes, rule] of [
    ['image/avif', Buffer.from('no image'), 'type'],
    ['image/png', makeWebp(), 'type'],
    ['audio/mpeg', makePng(), 'audio'],
  ] as const)
    expect(policy.content(verdict, bytes)).toMatchObject({kind: 'refused', refusal: {rule}})
})

describe('the section', () => {
  const parse = (section: object | undefined) => sections.media_policy.safeParse(section)

  test('protects where it says nothing', () => {
    const expected = {
      enabled: true,
      strip_images: false,
      strip_audio: true,
      strip_video: true,
      allowed_image_types: ['image/png', 'image/jpeg', 'image/gif'],
      max_image_bytes: 5_242_880,
      strip_image_metadata: true,
      log_media_exposure: true,
    }
    expect(parse(undefined).data).toEqual(expected)
    expect(parse({enabled: null, strip_images: null, strip_audio: null, max_image_bytes: 0}).data).toEqual(expected)
  })

  test.each([
    'image/*',
    'image/svg+xml',
    'IMAGE/SVG+XML; charset=utf-8',
    'text/html',
    'png',
    '',
    'image/',
    'image/a b',
  ])('refuses %s as a type of images', (type) => {
    const {error} = parse({allowed_image_types: [type]})
    expect(error?.issues[0]?.path).toEqual(['allowed_image_types', 0])
  })

  test.each([{max_image_bytes: -1}, {max_image_bytes: 1.5}, {strip_image: true}, {enabled: 'no'}])(
    'refuses %j',
    (section) => {
      expect(parse(section).success).toBe(false)
    },
  )
})
