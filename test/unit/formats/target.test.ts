import {expect, test} from 'vitest'
import {hostText, normalizeHost, parseDestination} from '../../../src/formats/target.js'

test.each([
  ['https://api.example.com/v1', ['api.example.com', 443, '/v1']],
  ['HTTP://API.Example.com.:8080/A?b#c', ['api.example.com', 8080, '/A']],
  ['https://api.example.com', ['api.example.com', 443, '']],
  ['https://api.example.com?x=/y', ['api.example.com', 443, '']],
  ['https://api.example.com:443/', ['api.example.com', 443, '/']],
  ['http://api.example.com:/', ['api.example.com', 80, '/']],
  ['https://a/b/../c', ['a', 443, '/b/../c']],
  ['http://2130706433/', ['127.0.0.1', 80, '/']],
  ['http://0x7f.1/', ['127.0.0.1', 80, '/']],
  ['http://[::FFFF:1.2.3.4]:81/', ['::ffff:102:304', 81, '/']],
  ['https://b\u00fccher.example/', ['xn--bcher-kva.example', 443, '/']],
  ['https://a%2eb.com/', ['a.b.com', 443, '/']],
])('%s', (url, expected) => {
  const parsed = parseDestination(url)
  expect([parsed?.host, parsed?.port, parsed?.rawPath]).toEqual(expected)
})

test.each([
  '',
  'ftp://a/b',
  '//a/b',
  'https:/a',
  'https:///p',
  'https://user@a/b',
  'https://a\\b/',
  'https://a/\tb',
  'https://a/b c',
  'https://a/\u007f',
  'https://a:0/',
  'https://a:65536/',
  'https://a:x/',
  'https://./',
  'https://exa<mple/',
  'https://1.2.3.256/',
  'https://[::1/',
])('%j is malformed', (url) => {
  expect(parseDestination(url)).toBeUndefined()
})

test('hosts of rules take the stored form', () => {
  expect(normalizeHost(' API.example.com. ')).toBe('api.example.com')
  expect(normalizeHost('::1')).toBe('::1')
  expect(normalizeHost('[0:0::1]')).toBe('::1')
  expect(normalizeHost('B\u00dccher.example')).toBe('xn--bcher-kva.example')
  for (const text of ['', '.', 'a/b', 'a@b', 'a b', 'a:80']) expect(normalizeHost(text)).toBeUndefined()
  expect(hostText('::1', 8443)).toBe('[::1]:8443')
  expect(hostText('a.example')).toBe('a.example')
})

test('a long odd authority is judged in linear time', () => {
  expect(parseDestination(`https://${'a'.repeat(1_000_000)}!/`)?.rawPath).toBe('/')
})
