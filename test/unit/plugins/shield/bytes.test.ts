import {Buffer} from 'node:buffer'
import {describe, expect, test} from 'vitest'
import {createShield} from '../../../../src/plugins/shield/shield.js'
import {sections} from '../../../../src/plugins/shield/config.js'
import {section, shielded} from './shielding.js'

const QUIET = {strip_extension_probing: false}
const PAGE = '<html><head></head><body><p>a\u00e9\u4e16<b hidden>x</b>z</p></body></html>'
const LEFT = PAGE.replace('<b hidden>x</b>', '<!---->')

function wide(text: string, big: boolean, mark: boolean): Buffer {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le')
  return big ? bytes.swap16() : bytes
}

describe('character sets', () => {
  test.each([
    ['utf-8', Buffer.from(PAGE), Buffer.from(LEFT), ''],
    [
      'of one byte a letter',
      Buffer.from(PAGE.slice(0, -5), 'latin1'),
      Buffer.from(LEFT.slice(0, -5), 'latin1'),
      'windows-1252',
    ],
    ['utf-16 by its mark', wide(PAGE, false, true), wide(LEFT, false, true), 'utf-8'],
    ['big-endian by its mark', wide(PAGE, true, true), wide(LEFT, true, true), ''],
    ['declared utf-16', wide(PAGE, false, false), wide(LEFT, false, false), 'UTF-16LE'],
    ['utf-16 by the look of it', wide(PAGE, true, false), wide(LEFT, true, false), ''],
    [
      'half a letter too many',
      Buffer.concat([wide(PAGE, false, true), Buffer.of(7)]),
      Buffer.concat([wide(LEFT, false, true), Buffer.of(7)]),
      '',
    ],
  ])('%s', (_name, given, made, charset) => {
    expect(shielded(given, 'text/html', QUIET, [], charset).bytes).toEqual(made)
  })

  test.each(['utf-16', 'UTF-16BE', 'ucs-2', 'iso-2022-jp', 'utf-8; charset=utf-16le'])(
    'a page in UTF-8 that is declared as %s loses what a reader of UTF-8 would not see',
    (charset) => {
      const given = Buffer.from(PAGE.replaceAll(/[^\x00-\x7f]/g, ''))
      const {bytes} = shielded(given, 'text/html', QUIET, [], charset)
      expect(bytes.toString()).toContain('<p>a')
      expect(bytes.toString()).not.toContain('hidden')
    },
  )

  test('a script is put in once, however many readings there are', () => {
    const given = Buffer.from('<html><head></head><body>x</body></html>')
    const {bytes} = shielded(given, 'text/html', {}, [], 'utf-16')
    expect(bytes.toString().match(/<script/g)).toHaveLength(1)
  })

  test('keeps every byte that is no text at all', () => {
    const bytes = Buffer.from(Array.from({length: 256}, (_, i) => i))
    const given = Buffer.concat([Buffer.from('<html><body>x'), bytes, Buffer.from('<p>a <b hidden>x</b></p>')])
    const made = Buffer.concat([Buffer.from('<html><body>x'), bytes, Buffer.from('<p>a </p>')])
    expect(shielded(given, 'text/html', QUIET).bytes).toEqual(made)
  })

  test('is told by a mark where letters had no places', () => {
    const given = Buffer.from('<html><body><p>a \x1b$B$"\x1b(B <b hidden>x</b>', 'latin1')
    const {bytes} = shielded(given, 'text/html', QUIET, [], 'iso-2022-jp')
    expect(bytes.toString()).toBe('\ufeff<html><body><p>a あ ')
  })
})

describe('kinds of content', () => {
  const kindOf = (bytes: string | Buffer, mediaType: string): string => {
    const verdict = createShield(section())({bytes: Buffer.from(bytes), mediaType, contentType: mediaType, headers: []})
    return verdict.kind === 'done' ? verdict.pipeline : verdict.kind
  }

  test.each([
    ['x', 'text/html', 'html'],
    ['x', 'application/xhtml+xml', 'xhtml'],
    ['x', 'image/svg+xml', 'svg'],
    ['x', 'text/javascript', 'js'],
    ['x', 'application/x-javascript', 'js'],
    ['<html>', 'text/plain', 'other'],
    ['<html>', 'application/json', 'other'],
    ['\n <!DOCTYPE html>', '', 'html'],
    ['<!-- c --><p>', 'application/octet-stream', 'html'],
    ['<?xml version="1.0"?>\n<x:svg xmlns:x="u">', '', 'svg'],
    ['<svg>', '', 'svg'],
    [wide('<html>', false, true), '', 'html'],
    ['{"a":"<html>"}', '', 'other'],
    ['PK\x03\x04', 'application/octet-stream', 'other'],
  ])('%j as %s: %s', (bytes, mediaType, kind) => {
    expect(kindOf(bytes, mediaType)).toBe(kind)
  })
})

describe('long content', () => {
  const tail = '<p>tail <b hidden>x</b></p>'
  const head = '<html><body>a <b hidden>x</b><i title="'
  const text = `${head}long">b</i>${tail}`
  const over = (more: object) => ({...QUIET, max_shield_bytes: head.length, ...more})

  test('has its beginning rewritten, up to a tag', () => {
    const verdict = shielded(text, 'text/html', over({}))
    expect(verdict.bytes.toString()).toBe(`<html><body>a <i title="long">b</i>${tail}`)
    expect([verdict.scanned, verdict.removals.total]).toEqual([head.indexOf('<i '), 1])
  })

  test('has its beginning rewritten, up to a line', () => {
    const line = 'navigator.sendBeacon(a)\n'
    const verdict = shielded(`${line}${line}`, 'text/javascript', {...QUIET, max_shield_bytes: line.length + 12})
    expect(verdict.bytes.toString()).toBe(`(function(){return false})(a)\n${line}`)
  })

  test('of two bytes a letter is cut between letters', () => {
    const {bytes, scanned} = shielded(
      wide(text, true, true),
      'text/html',
      over({max_shield_bytes: head.length * 2 + 1}),
    )
    expect(bytes).toEqual(wide(`<html><body>a <i title="long">b</i>${tail}`, true, true))
    expect(scanned % 2).toBe(0)
  })

  test('of XML is not a fault because it continues', () => {
    const given = `<svg><g onload="a">${'<path/>'.repeat(9)}</g></svg>`
    const {bytes} = shielded(given, 'image/svg+xml', {max_shield_bytes: 40})
    expect(bytes.toString()).toBe(given.replace(' onload="a"', ' '))
  })

  test('is refused or left alone where the section says so', () => {
    for (const action of ['block', 'warn'] as const) {
      const verdict = createShield(section(over({oversize_action: action})))({
        bytes: Buffer.from(text),
        mediaType: 'text/html',
        contentType: 'text/html',
        headers: [],
      })
      expect(verdict).toEqual({kind: 'oversize', pipeline: 'html', action})
    }
  })
})

describe('the section', () => {
  const parse = (value: object) => sections.browser_shield.safeParse(value)

  test('is off, and protects where it says nothing', () => {
    expect(parse({}).data).toEqual({
      enabled: false,
      strictness: 'standard',
      max_shield_bytes: 5_242_880,
      oversize_action: 'scan_head',
      exempt_domains: [],
      strip_extension_probing: true,
      strip_tracking_pixels: true,
      tracking_domains: [],
      strip_hidden_traps: true,
      inject_fingerprint_shims: false,
    })
    expect(parse({strip_hidden_traps: null, max_shield_bytes: 0}).data).toMatchObject({
      strip_hidden_traps: true,
      max_shield_bytes: 5_242_880,
    })
  })

  test.each([
    [{oversize_action: 'warn'}, /minimal/],
    [{strictness: 'hard'}, /strictness/],
    [{max_shield_bytes: -1}, /max_shield_bytes/],
    [{exempt_domains: ['*']}, /host name/],
    [{tracking_domains: ['http://a/']}, /host name/],
    [{strip: true}, /strip/],
  ])('refuses %j', (value, message) => {
    expect(String(parse(value).error)).toMatch(message)
  })

  test('takes warn with minimal', () => {
    expect(parse({oversize_action: 'warn', strictness: 'minimal'}).success).toBe(true)
  })
})
