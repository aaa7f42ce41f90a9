// The table of request heads that were found clean: what is remembered, and that it never hides a credential.
import {expect, test} from 'vitest'
import type {Header} from '../../../../src/core/exchange.js'
import {createCleanHeads} from '../../../../src/plugins/request-scanning/clean-heads.js'
import {mixed} from '../../../support/credentials.js'
import {bodiesOf, brief} from './fixtures.js'

const HEAD: readonly Header[] = [
  ['Host', 'api.example.com'],
  ['Accept', '*/*'],
]

test('clean heads: equal heads share a key, heads that differ in a name, a value, the order or the split do not', () => {
  const heads = createCleanHeads()
  const key = heads.keyOf(HEAD)
  expect(heads.keyOf([...HEAD])).toBe(key)
  const others: (readonly Header[])[] = [
    HEAD.toReversed(),
    HEAD.slice(1),
    [['host', 'api.example.com'], HEAD[1] as Header],
    [['Host', 'api.example.org'], HEAD[1] as Header],
    [
      ['Host', 'api.example.com:Accept'],
      ['', '*/*'],
    ],
  ]
  expect(new Set(others.map((head) => heads.keyOf(head))).has(key)).toBe(false)
})

test('clean heads: a head with Basic or bearer credentials has no key, because the destination decides on them', () => {
  const heads = createCleanHeads()
  for (const name of ['authorization', 'Authorization', 'Proxy-Authorization']) {
    expect(heads.keyOf([...HEAD, [name, 'Basic dXNlcjpwYXNzd29yZA==']])).toBeUndefined()
  }
})

test('clean heads: a full table is emptied, so that a client cannot fill memory with heads', () => {
  const heads = createCleanHeads()
  heads.add('first')
  for (let i = 0; i < 1_024; i++) heads.add(String(i))
  expect(heads.has('first')).toBe(false)
})

test('request scanning: a head with a credential is blocked every time, between clean heads as well', async () => {
  const bodies = await bodiesOf({action: 'block'})
  const clean: Header = ['X-Note', 'nothing to see']
  const secret: Header = ['X-Note', ['sk_li', 've_'].join('') + mixed(24)]
  const results: (readonly string[])[] = []
  for (const header of [clean, secret, clean, secret]) results.push(brief(await bodies.judge({headers: [header]})))
  expect(results[0]).toEqual([])
  expect(results[1]?.length).toBeGreaterThan(0)
  expect(results.slice(2)).toEqual(results.slice(0, 2))
})
