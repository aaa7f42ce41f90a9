import {describe, expect, test} from 'vitest'
import {script} from './shielding.js'

const NOOP = '(function(){return false})'

describe('scripts', () => {
  test.each([
    ['navigator.sendBeacon("/a", b)', `${NOOP}("/a", b)`],
    ['window.navigator . sendBeacon(a)', `${NOOP}(a)`],
    ['navigator?.sendBeacon?.(a)', `${NOOP}?.(a)`],
    ['navigator["sendBeacon"](a)', `${NOOP}(a)`],
    ['navigator/* x */.sendBeacon(a)', `${NOOP}(a)`],
    ['x = navigator.sendBeacon && navigator.sendBeacon(a)', `x = ${NOOP} && ${NOOP}(a)`],
    ['navigator.send\\u0042eacon(a)', `${NOOP}(a)`],
    ['n\\u{61}vigator["send\\x42eacon"](a)', `${NOOP}(a)`],
    ['chrome.runtime.s\\u0065ndMessage(a)', `${NOOP}(a)`],
    ['foo()\nnavigator.sendBeacon(a)', `foo()\n;${NOOP}(a)`],
    ['x =>\nnavigator.sendBeacon(a)', `x =>\n${NOOP}(a)`],
    ['return\nnavigator.sendBeacon(a)', `return\n${NOOP}(a)`],
    ['chrome.runtime.sendMessage("id", {}, f)', `${NOOP}("id", {}, f)`],
    ["window['chrome']", "window['chrome']"],
    ['fetchExtensions(list)', `${NOOP}(list)`],
    ['this.scanDOMForPrefix(a)', 'this.valueOf(a)'],
    ['function fetchExtensions(a, b = {}) { go(a) }', 'function fetchExtensions(a, b = {}) {return false; go(a) }'],
    ['({fireExtensionDetectedEvents(a){go(a)}})', '({fireExtensionDetectedEvents(a){return false;go(a)}})'],
    ['fetch("chrome-extension://abc/a.js")', 'fetch("about:blank")'],
    ["fetch('\\x63hrome-extension:\\/\\/abc')", "fetch('about:blank')"],
    ["fetch('\\u006doz-\\u{65}xtension:/\\u002fabc')", "fetch('about:blank')"],
    ['new Image().src = "https://a.track.example/x?y"', 'new Image().src = "about:blank"'],
  ])('%s becomes %s', (given, made) => {
    expect(script(given)).toBe(made)
    expect(script(made)).toBe(made)
    expect(
      () => new Function(`var x, a, b, f, list, go, foo; async () => {${made.replace(/^return$/gm, '')}}`),
    ).not.toThrow()
  })

  test.each([
    ['navigator.sendBeacon = null'],
    ['my.navigator.sendBeacon(a)'],
    ['navigator.sendBeacons(a)'],
    ['const {fetchExtensions} = api'],
    ['prefetchExtensions(a)'],
    ['location = "https://good.example/?r=//x"'],
  ])('%s stays', (text) => {
    expect(script(text)).toBe(text)
  })

  test('takes time linear in its length, with any content', () => {
    const parts = [
      'navigator.',
      'window.',
      '\\u{0000',
      'chrome',
      '/*',
      'fetchExtensions(',
      '(',
      ' ',
      'chrome-extension:/',
      '\\x',
    ]
    for (const part of parts) {
      const text = `${part.repeat(40_000)} sendBeacon sendMessage`
      expect(script(text).length).toBeGreaterThan(0)
    }
  })
})
