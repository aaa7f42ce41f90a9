// Which expressions know where a text begins or ends.
import {expect, test} from 'vitest'
import {isAnchored} from '../../../../src/plugins/response-scanning/anchored.js'

test.each(['^a', 'a$', '(?:^|b)a', '\\Aa', 'a\\z', '[ab]$', 'a|^b'])('isAnchored: %s, true', (regex) => {
  expect(isAnchored(regex)).toBe(true)
})

test.each(['a', '\\^a', 'a\\$', '[^a]b', '[$^]', '\\ba\\b', '[^\\]]a'])('isAnchored: %s, false', (regex) => {
  expect(isAnchored(regex)).toBe(false)
})
