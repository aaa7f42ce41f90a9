import {describe, expect, test} from 'vitest'
import {decodePunycode, isInternationalLabel} from '../../../src/lib/punycode.js'

describe('punycode', () => {
  // RFC 3492, section 7.1 and everyday names
  test.each([
    ['bcher-kva', 'bücher'],
    ['mnchen-3ya', 'münchen'],
    ['ihqwcrb4cv8a8dqg056pqjye', '他们为什么不说中文'],
    ['3b-ww4c5e180e575a65lsy2b', '3年b組金八先生'],
    ['n3h', '☃'],
  ])('decodes %s', (coded, text) => {
    expect(decodePunycode(coded)).toBe(text)
    expect(isInternationalLabel(`xn--${coded}`)).toBe(true)
  })

  test.each(['zz--zz-9', '', 'a', 'abc-', 'a-!', '99999999', 'abc'])('knows %j as no label', (coded) => {
    expect(isInternationalLabel(`xn--${coded}`)).toBe(false)
  })
})
