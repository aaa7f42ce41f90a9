// Certificates for hosts: issued once, renewed in time, bounded in number, one after the other.
import {X509Certificate} from 'node:crypto'
import {beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {Clock} from '../../../../src/core/ports.js'
import {Certificates} from '../../../../src/plugins/interception/certificates.js'
import {createAuthority, loadAuthority, type Authority} from '../../../../src/lib/x509.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 6, 1)

let authority: Authority
let now = NOW
let issued: {readonly host: string; readonly from: number; readonly until: number}[]
let running = 0
let most = 0
let fails = false
const clock: Clock = {now: () => now, monotonic: () => 0}

beforeAll(async () => {
  const files = await createAuthority({
    commonName: 'Test CA',
    organization: 'Tests',
    notBefore: new Date(NOW - DAY),
    notAfter: new Date(NOW + 10 * DAY),
    permittedDomains: [],
  })
  authority = await loadAuthority(files, NOW)
})
beforeEach(() => {
  now = NOW
  issued = []
  most = 0
  fails = false
})

const observed = (): Authority => ({
  ...authority,
  async issue(host, from, until) {
    issued.push({host, from: from.getTime(), until: until.getTime()})
    most = Math.max(most, ++running)
    try {
      if (fails) throw new Error('no entropy')
      return await authority.issue(host, from, until)
    } finally {
      running--
    }
  },
})
const create = (ttlMs = DAY, size = 100): Certificates => new Certificates(observed(), {ttlMs, most: size}, clock)
const hosts = (): readonly string[] => issued.map(({host}) => host)

test('a host gets one certificate, which begins in the past and lives as configured', async () => {
  const certificates = create()
  const [a, b] = await Promise.all([certificates.contextFor('a.test'), certificates.contextFor('a.test')])
  expect(a).toBe(b)
  expect(await certificates.contextFor('a.test')).toBe(a)
  expect(issued).toEqual([{host: 'a.test', from: NOW - HOUR, until: NOW + DAY}])
})

test('certificates are issued one after the other', async () => {
  const certificates = create()
  await Promise.all(['a.test', 'b.test', 'c.test'].map((host) => certificates.contextFor(host)))
  expect(hosts()).toEqual(['a.test', 'b.test', 'c.test'])
  expect(most).toBe(1)
})

describe('renewal', () => {
  test.each([
    ['a day', DAY, 0.9 * DAY],
    ['half an hour', HOUR / 2, 25 * 60_000],
    ['two minutes', 120_000, 60_000],
  ])('of a lifetime of %s', async (_, ttl, renewed) => {
    const certificates = create(ttl)
    const first = await certificates.contextFor('a.test')
    now = NOW + renewed - 1
    expect(await certificates.contextFor('a.test')).toBe(first)
    now = NOW + renewed
    expect(await certificates.contextFor('a.test')).not.toBe(first)
    expect(issued).toHaveLength(2)
  })

  test('before the authority expires, which no certificate outlives', async () => {
    const certificates = create(100 * DAY)
    await certificates.contextFor('a.test')
    const {chain} = await authority.issue('a.test', new Date(NOW), new Date(NOW + 100 * DAY))
    expect(Date.parse(new X509Certificate(chain).validTo)).toBe(NOW + 10 * DAY)
    now = NOW + 10 * DAY + 1
    await expect(certificates.contextFor('a.test')).rejects.toThrow('the certificate authority has expired')
  })
})

test('over the bound the certificates that expire first go', async () => {
  const certificates = create(DAY, 2)
  for (const host of ['a.test', 'b.test', 'c.test', 'b.test', 'c.test', 'a.test']) await certificates.contextFor(host)
  expect(hosts()).toEqual(['a.test', 'b.test', 'c.test', 'a.test'])
})

test('a failure is not kept, and delays no other host', async () => {
  const certificates = create()
  fails = true
  await expect(certificates.contextFor('a.test')).rejects.toThrow('no entropy')
  fails = false
  await certificates.contextFor('b.test')
  await certificates.contextFor('a.test')
  expect(hosts()).toEqual(['a.test', 'b.test', 'a.test'])
})
