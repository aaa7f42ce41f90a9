// Names of query parameters: one reading for what is learned and what is enforced.
import {expect, test} from 'vitest'
import {isListableName, queryNames} from '../../../src/formats/query-names.js'
import {parseDestination} from '../../../src/formats/target.js'

test.each<[query: string, names: readonly string[]]>([
  ['', []],
  ['a=1&b=2', ['a', 'b']],
  ['a', ['a']],
  ['a=1&a=2', ['a', 'a']],
  ['a=b=c', ['a']],
  ['A=1&a=1', ['A', 'a']],
  ['a%3Db=1', ['a=b']],
  ['a%3db', ['a=b']],
  ['%61dmin=1', ['admin']],
  ['a+b=1', ['a b']],
  ['a%2Bb=1', ['a+b']],
  ['a;b=1', ['a', 'b']],
  ['a=1;admin=1', ['a', 'admin']],
  ['a=1%26admin=1', ['a']],
  ['a%26admin=1', ['a&admin']],
  ['a%3Badmin=1', ['a;admin']],
  ['a[]=1&a[x]=2&a%5B%5D=3', ['a[]', 'a[x]', 'a[]']],
  ['&&;a=1;&', ['a']],
  ['=1', ['']],
  ['a?b=1', ['a?b']],
  ['%2561=1', ['%61']],
  ['%=1&%zz=1&%6=1', ['%', '%zz', '%6']],
  ['%ff=1&a+%c3=1', ['%ff', 'a+%c3']],
  ['%C3%BC=1', ['ü']],
  ['%00a=1', ['\u0000a']],
])('names of %j', (query, names) => {
  expect(queryNames(query)).toEqual(names)
})

test.each<[url: string, query: string]>([
  ['https://a.example/p', ''],
  ['https://a.example/p?', ''],
  ['https://a.example/p?a=1#x&b=2', 'a=1'],
  ['https://a.example/p#x?a=1', ''],
  ['https://a.example?a=1', 'a=1'],
  ['https://a.example/p?a=1?b=2/../c', 'a=1?b=2/../c'],
])('the query of %s is the text between the first ? and #', (url, query) => {
  expect(parseDestination(url)?.rawQuery).toBe(query)
})

test.each(['a', '', 'a[]', 'a=b', 'ü', '%', '100%', '%6'])('a list can hold %j', (name) => {
  expect(isListableName(name)).toBe(true)
})

test.each(['%61', 'a%00', 'a\u0000', 'a\n', '\u007f', '\u0085', '\ufffd', '\ud800', 'u\u0308'])(
  'no list can hold %j',
  (name) => {
    expect(isListableName(name)).toBe(false)
  },
)
