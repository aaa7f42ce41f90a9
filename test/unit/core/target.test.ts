import {describe, expect, test} from 'vitest'
import fc from 'fast-check'
import {hasUndecodableLabel, originForm, parseTarget} from '../../../src/core/target.js'

const ok = (raw: string) => {
  const parsed = parseTarget(raw)
  if (parsed.target === undefined) throw new Error(`refused: ${raw}`)
  return parsed.target
}

describe('parseTarget', () => {
  test.each([
    // raw, canonical, host, port, rawPath
    ['https://example.com/a/b?c=d', 'https://example.com/a/b?c=d', 'example.com', 443, '/a/b'],
    ['http://evil.test\\@good.test/', 'http://evil.test/@good.test/', 'evil.test', 80, '\\@good.test/'],
    ['http://good.test@evil.test/x#f', 'http://evil.test/x', 'evil.test', 80, '/x'],
    ['http://a:b@c@evil.test:99/p', 'http://evil.test:99/p', 'evil.test', 99, '/p'],
    ['HTTP://EXAMPLE.com.:80/', 'http://example.com/', 'example.com', 80, '/'],
    ['http://0x7f.1/', 'http://127.0.0.1/', '127.0.0.1', 80, '/'],
    ['http://１２７.0.0.1/', 'http://127.0.0.1/', '127.0.0.1', 80, '/'],
    ['http://127。0。0．1/', 'http://127.0.0.1/', '127.0.0.1', 80, '/'],
    ['http://2130706433/', 'http://127.0.0.1/', '127.0.0.1', 80, '/'],
    ['http://[fe80::1%25eth0]:8080/a', 'http://[fe80::1]:8080/a', 'fe80::1', 8080, '/a'],
    ['http://[fe80::1%eth0]/a', 'http://[fe80::1]/a', 'fe80::1', 80, '/a'],
    ['http://bücher.example/ä?ö', 'http://xn--bcher-kva.example/%C3%A4?%C3%B6', 'xn--bcher-kva.example', 80, '/ä'],
    ['http://a%2eb.com/', 'http://a.b.com/', 'a.b.com', 80, '/'],
    ['http://h/x/../%2e%2e/y', 'http://h/y', 'h', 80, '/x/../%2e%2e/y'],
    ['https://h', 'https://h/', 'h', 443, ''],
    ['https://h?q', 'https://h/?q', 'h', 443, ''],
    ['https://h/?', 'https://h/?', 'h', 443, '/'],
    ['https://h:443/x', 'https://h/x', 'h', 443, '/x'],
  ])('%s', (raw, canonical, host, port, rawPath) => {
    const [, authority, path, query = ''] = /^https?:\/\/([^/]*)(\/[^?]*)(?:\?(.*))?$/.exec(canonical) ?? []
    expect(originForm(ok(raw))).toBe(canonical.slice(canonical.indexOf('/', 8)))
    expect(ok(raw)).toEqual({
      raw,
      canonical,
      authority,
      path,
      query,
      scheme: canonical.startsWith('https') ? 'https' : 'http',
      host,
      port,
      rawPath,
    })
  })

  test.each([
    ['http://a..b/', 'parser'],
    ['http://.a/', 'parser'],
    ['http://a../', 'parser'],
    ['http://h:0/', 'parser'],
    ['http://h:70000/', 'parser'],
    ['http://256.1.1.1/', 'parser'],
    ['http://4294967296/', 'parser'],
    ['http://a*b/', 'parser'],
    ['http://[::1/', 'parser'],
    ['http://@/', 'parser'],
    ['http:///', 'parser'],
    ['/x', 'parser'],
    ['', 'parser'],
    ['http://h/\tb', 'parser'],
    ['http://h/\u007f', 'parser'],
    ['ws://h/', 'scheme'],
    ['ftp://h/\r\n', 'scheme'],
    ['http://h/a\nb', 'crlf_injection'],
  ])('refuses %j as %s', (raw, label) => {
    expect(parseTarget(raw).failure?.label).toBe(label)
  })

  test('does not repeat a long scheme, which may be a secret', () => {
    const key = ['AKIA', 'QWERTYUIOP234567'].join('')
    expect(parseTarget(`${key}:x`).failure?.reason).not.toContain(key.toLowerCase())
  })

  test('keeps a label with an invalid punycode form, and marks the host', () => {
    const target = ok('http://XN--zz--zz-9.evil.test/x')
    expect(target.host).toBe('xn--zz--zz-9.evil.test')
    expect(hasUndecodableLabel(target.host)).toBe(true)
    expect(hasUndecodableLabel('xn--bcher-kva.example')).toBe(false)
  })

  test('agrees with the WHATWG parser wherever both accept', () => {
    const piece = fc.constantFrom(
      ...'abcXYZ019-_.~/:@?#%&=+!\'"\\|^`{}<>*;,$() é。'.split(''),
      '%2e',
      '%2F',
      '..',
      '/./',
      'xn--',
      '0x7f',
      ':80',
      ':443',
      '@h',
    )
    fc.assert(
      fc.property(
        fc.constantFrom('http://', 'https://', 'http://h/', 'https://a.test:8080/'),
        fc.array(piece, {maxLength: 14}),
        (head, pieces) => {
          const raw = head + pieces.join('')
          const {target} = parseTarget(raw)
          if (target === undefined) return
          const again = parseTarget(target.canonical).target
          expect(again?.canonical).toBe(target.canonical)
          expect(again?.host).toBe(target.host)
          if (hasUndecodableLabel(target.host)) return
          const url = new URL(raw)
          url.username = ''
          url.password = ''
          url.hash = ''
          const host = url.hostname.replace(/^\[|\]$|\.$/g, '')
          expect(target.host).toBe(host)
          expect(target.canonical).toBe(url.href.replace(`${url.hostname}`, url.hostname.replace(/\.$/, '')))
        },
      ),
      {numRuns: 3000},
    )
  })
})
