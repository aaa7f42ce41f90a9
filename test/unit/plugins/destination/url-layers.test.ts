// The table of URL layers: which refusals are searched for credentials before they are shown.
import {expect, test} from 'vitest'
import {isAfterCredentials, type UrlLayer, type UrlLayerName} from '../../../../src/plugins/destination/url-layers.js'

const table = (...names: readonly UrlLayerName[]): readonly UrlLayer[] =>
  names.map((name) => ({name, judge: () => undefined}))

test.each([
  [
    ['line_breaks', 'credentials', 'entropy'],
    [false, true, true],
  ],
  [
    ['line_breaks', 'traversal', 'blocklist', 'credentials'],
    [false, false, false, true],
  ],
  [
    ['credentials', 'line_breaks'],
    [true, true],
  ],
  [
    ['line_breaks', 'entropy'],
    [false, false],
  ],
] as const)('URL layers %j: shown without a search of their own: %j', (names, expected) => {
  const layers = table(...names)
  expect(layers.map((_, i) => isAfterCredentials(layers, i))).toEqual(expected)
})
