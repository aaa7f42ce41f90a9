// Media in messages of MCP servers: every place where they can stand, what becomes of them, and that nothing else changes.
import {describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/media/config.js'
import type {MessageVerdict} from '../../../../src/core/services/media.js'
import {judgeMessage} from '../../../../src/plugins/media/message.js'
import {createMediaPolicy} from '../../../../src/plugins/media/policy.js'
import {makePng, makeWebp, pngChunk} from '../../../support/images.js'

const judge = (source: string, section: object = {}): MessageVerdict =>
  judgeMessage(source, createMediaPolicy(sections.media_policy.parse(section)))

const dirty = makePng([pngChunk('tEXt', 'where it was taken')])
const b64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64')
const [DIRTY, CLEAN, WEBP, MP3] = [dirty, makePng(), makeWebp(), 'ID3\x04\0\0\0\0\0\0 and more of the sound'].map(
  b64,
) as [string, string, string, string]
const result = (inside: string): string => `{"jsonrpc": "2.0",\t"id": 1e0, "result": {${inside}}}`
const content = (...blocks: readonly string[]): string => result(`"content": [${blocks.join(' , ')}]`)

describe('an image loses its metadata in place, and not another byte changes', () => {
  const urlSafe = DIRTY.replaceAll('+', '-').replaceAll('/', '_')
  test.each([
    ['data', (v: string) => content(`{"type":"image","data":"${v}","mimeType":"image/png","x-own":[1.0,"\\u0061"]}`)],
    ['blob', (v: string) => content(`{ "type" : "audio", "blob" : "${v}" }`)],
    ['raw', (v: string) => content('{"type":"text","text":"a"}', `{"type":"other","raw":"${v}"}`)],
    ['all three', (v: string) => content(`{"type":"image","data":"${v}","blob":"${v}","raw":"${v}"}`)],
    [
      'a resource',
      (v: string) =>
        content(`{"type":"resource","resource":{"uri":"file:///a","mimeType":"text/plain","blob":"${v}"}}`),
    ],
    ['resources that were read', (v: string) => result(`"contents":[{"uri":"file:///a","blob":"${v}"}]`)],
    ['a prompt', (v: string) => result(`"messages":[{"role":"user","content":{"type":"image","data":"${v}"}}]`)],
    [
      'a question of the server',
      (v: string) =>
        `{"method":"sampling/createMessage","params":{"messages":[{"content":[{"type":"image","data":"${v}"}]}]}}`,
    ],
    ['a structured result', (v: string) => result(`"structuredContent":{"deep":[{"anything":"${v}"}]}`)],
    ['a text', (v: string) => content(`{"type":"text","text":"${v}"}`)],
    [
      'a data URI',
      (v: string) => content(`{"type":"text","text":"\\u00fc ![a](data:image/png;base64,${v}) and \\"data: x\\""}`),
    ],
    [
      'an icon of a tool',
      (v: string) => result(`"tools":[{"name":"a","icons":[{"src":"data:image/png;x=y;BASE64,${v}"}]}]`),
    ],
    ['escapes', (v: string) => content(`{"type":"image","data":"${v.replaceAll('A', '\\u0041')}"}`)],
  ])('%s', (_where, message) => {
    const variants = [DIRTY, urlSafe, DIRTY.replace(/=+$/, '')]
    for (const variant of variants) {
      const verdict = judge(message(variant))
      // an escaped value is written anew as a whole
      const expected = message(CLEAN).replaceAll('\\u0041', 'A')
      expect(verdict.kind === 'pass' && verdict.text.replaceAll('\\u0041', 'A')).toBe(expected)
      expect(
        verdict.kind === 'pass' && verdict.exposures.every(({removed, type}) => removed === 1 && type === 'image/png'),
      ).toBe(true)
    }
    const clean = message(CLEAN)
    expect(judge(clean)).toMatchObject({kind: 'pass', text: clean})
  })
})

test('a place is named, with what was taken out of it', () => {
  const verdict = judge(content('{"type":"text","text":"a"}', `{"type":"image","data":"${DIRTY}"}`))
  expect(verdict.kind === 'pass' && verdict.exposures).toEqual([
    {
      place: 'result.content[1].data',
      type: 'image/png',
      bytes: dirty.length,
      removed: 1,
      removedBytes: dirty.length - makePng().length,
    },
  ])
})

describe('a kind that is not let through gives way to a note', () => {
  test.each([
    [
      'a block',
      content(`{"type":"audio","mimeType":"audio/mpeg","data":"${MP3}"}`, '{"type":"text","text":"b"}'),
      content('{"type":"text","text":"[media_policy: audio stripped]"}', '{"type":"text","text":"b"}'),
    ],
    [
      'a block with more in it',
      content(`{"type":"image","data":"${DIRTY}","blob":"${MP3}","raw":"${MP3}"}`),
      content('{"type":"text","text":"[media_policy: audio stripped]"}'),
    ],
    [
      'a resource',
      content(`{"type":"resource","resource":{"uri":"file:///a","blob":"${MP3}"}}`),
      content(
        '{"type":"resource","resource":{"uri":"file:///a","mimeType":"text/plain","text":"[media_policy: audio stripped]"}}',
      ),
    ],
    [
      'a resource without name',
      result(`"contents":[{"blob":"${MP3}"}]`),
      result('"contents":[{"uri":"","mimeType":"text/plain","text":"[media_policy: audio stripped]"}]'),
    ],
    [
      'a structured result',
      result(`"structuredContent":{"a":"${MP3}","b":1}`),
      result('"structuredContent":{"a":"[media_policy: audio stripped]","b":1}'),
    ],
    [
      'a structured result with a picture',
      result(`"structuredContent":{"a":"${WEBP}"}`),
      result(`"structuredContent":{"a":"[media_policy: image type 'image/webp' not in allowed list]"}`),
    ],
    [
      'with noise that some readers skip',
      result(`"structuredContent":{"a":"${MP3.slice(0, 24)}!${MP3.slice(24)}"}`),
      result('"structuredContent":{"a":"[media_policy: audio stripped]"}'),
    ],
    [
      'data URIs',
      content(
        `{"type":"text","text":"a data:audio/mpeg;base64,${MP3} b data:;base64,${WEBP} c DATA:image/svg+xml,%3Csvg%3E"}`,
      ),
      content(
        `{"type":"text","text":"a [media_policy: audio stripped] b [media_policy: image type 'image/webp' not in allowed list] c [media_policy: image type 'image/svg+xml' not in allowed list]"}`,
      ),
    ],
    [
      'data URIs that cannot be read',
      content('{"type":"text","text":"data:image/png;base64,@@@"}'),
      content('{"type":"text","text":"[media_policy: image parse error: content is not image/png]"}'),
    ],
  ])('%s', (_what, source, expected) => {
    const verdict = judge(source)
    expect(verdict).toMatchObject({kind: 'pass', text: expected})
    expect(verdict.kind === 'pass' && verdict.exposures.some(({refused}) => refused !== undefined)).toBe(true)
  })

  test('images too, where they are stripped', () => {
    const verdict = judge(content(`{"type":"image","data":"${DIRTY}"}`), {strip_images: true})
    expect(verdict).toMatchObject({text: content('{"type":"text","text":"[media_policy: images stripped]"}')})
  })
})

test('of several blocks that fail, the first gives the reason, and all are said', () => {
  const verdict = judge(content('{"type":"image","data":"@"}', `{"type":"image","data":"${WEBP}"}`))
  expect(verdict).toMatchObject({
    kind: 'blocked',
    reason: 'media_policy: invalid base64 in result.content[0].data',
    exposures: [{place: 'result.content[0].data'}, {place: 'result.content[1].data', type: 'image/webp'}],
  })
})

describe('a block that cannot be handed on fails the message', () => {
  test.each<[string, string, object?]>([
    ['media_policy: image type "image/webp" not in allowed list', content(`{"type":"image","data":"${WEBP}"}`)],
    [
      `media_policy: image size ${dirty.length} exceeds limit 20`,
      content(`{"type":"image","data":"${DIRTY}"}`),
      {max_image_bytes: 20},
    ],
    [
      'media_policy: image parse error: a chunk is longer than the image',
      content(`{"type":"image","data":"${b64(dirty.subarray(0, 60))}"}`),
    ],
    [
      'media_policy: invalid base64 in result.content[1].data',
      content('{"type":"text","text":"a"}', '{"type":"image","data":"@@@"}'),
    ],
    ['media_policy: invalid base64 in result.content[0].raw', content(`{"type":"text","raw":"${DIRTY}@"}`)],
    [
      'media_policy: invalid base64 in result.content[0].resource.blob',
      content('{"type":"resource","resource":{"mimeType":"video/mp4","blob":"a"}}'),
    ],
    ['media_policy: unsupported media in result.content[0].data', content('{"type":"audio","data":"AAAA"}')],
    [
      'media_policy: unsupported media in result.content[0].blob',
      content('{"type":"other","mediaType":"image/svg+xml","blob":"PHN2Zz4="}'),
    ],
    [
      'media_policy: image type "image/webp" not in allowed list',
      content(`{"type":"audio","data":"${MP3}"}`, `{"type":"image","data":"${WEBP}"}`),
    ],
  ])('%s', (reason, source, section) => {
    const verdict = judge(source, section)
    expect(verdict.kind === 'blocked' && [verdict.reason, verdict.exposures.length > 0]).toEqual([reason, true])
  })
})

test.each([
  content('{"type":"text","text":"words about data: and more","data":"words"}'),
  content('{"type":"resource","resource":{"uri":"a","mimeType":"application/pdf","blob":"JVBERi0xLjcK"}}'),
  content('{"type":"resource","resource":{"uri":"a","mimeType":"application/pdf","blob":"no base64"}}'),
  content('{"type":"image","data":""}'),
  result('"structuredContent":{"data":"words","mimeType":"image/png","type":"image","raw":7}'),
  result('"structuredContent":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}'),
  content('{"type":"text","text":"data:text/plain;base64,aGVsbG8gd29ybGQ="}'),
  '[]',
  '7',
])('%s stays as it is', (source) => {
  expect(judge(source)).toEqual({kind: 'pass', text: source, exposures: []})
})

test.each([
  ['{"a":1,"a":2}', 'duplicate'],
  ['{"a":', 'syntax'],
  ['['.repeat(65) + ']'.repeat(65), 'depth'],
])('%s is not read', (source, fault) => {
  expect(judge(source)).toEqual({kind: 'unreadable', fault})
})
