import {describe, expect, test} from 'vitest'
import {contains, findRange, parseAddress, parseRange, withEmbedded, type Range} from '../../../src/lib/ip.js'

const range = (text: string): Range => {
  const parsed = parseRange(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}
const address = (text: string) => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(text)
  return parsed
}

describe('parseAddress', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['017700000001', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['[::1]', '::1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ])('%s', (text, canonical) => {
    expect(parseAddress(text)?.text).toBe(canonical)
  })

  test.each(['', 'x', '256.0.0.1', '1.2.3.4.5', '1.2.3.4/8', 'example.com', ':::', '4294967296', '1::2::3', '12345::'])(
    'refuses %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined()
    },
  )
})

describe('ranges', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['172.16.0.0/12', '172.31.255.255', true],
    ['172.16.0.0/12', '172.32.0.0', false],
    ['100.64.0.0/10', '100.127.0.1', true],
    ['100.64.0.0/10', '100.128.0.1', false],
    ['fc00::/7', 'fdff::1', true],
    ['fc00::/7', 'fe00::1', false],
    ['::1', '::1', true],
    ['::1/128', '::2', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '::1', false],
  ])('%s and %s', (text, host, inside) => {
    expect(contains(range(text), address(host))).toBe(inside)
  })

  test.each([
    ['10.0.0.1/8', 'host bits'],
    ['10.0.0.0/33', 'prefix'],
    ['10.0.0.0/', 'prefix'],
    ['10.0.0.0/08', 'prefix'],
    ['10.0/8', 'canonical'],
    ['example.com/8', 'not an IP'],
    ['fe80::1/10', 'host bits'],
  ])('refuses %s', (text, why) => {
    expect(parseRange(text)).toContain(why)
  })
})

test.each([
  ['::ffff:10.0.0.1', ['10.0.0.1']],
  ['::10.0.0.1', ['10.0.0.1']],
  ['::ffff:0:10.0.0.1', ['10.0.0.1']],
  ['64:ff9b::a00:1', ['10.0.0.1']],
  ['64:ff9b:1:a00:0:100::', ['0.0.0.0', '10.0.0.1']],
  ['2002:a00:1::', ['10.0.0.1']],
  ['2001:0:a00:1:8000:63bf:f5ff:fffe', ['10.0.0.1', '10.0.0.1']],
  ['2606:4700::5efe:a00:1', ['10.0.0.1']],
  ['2606:4700::1', []],
])('%s carries %j', (text, carried) => {
  expect(
    withEmbedded(address(text))
      .slice(1)
      .map((a) => a.text),
  ).toEqual(carried)
  if (carried.includes('10.0.0.1')) expect(findRange([range('10.0.0.0/8')], address(text))?.text).toBe('10.0.0.0/8')
})
