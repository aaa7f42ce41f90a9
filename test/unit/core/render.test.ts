import {describe, expect, test} from 'vitest'
import {echoUrl, hidingFinding} from '../../../src/core/render.js'
import {parseTarget} from '../../../src/core/target.js'
import {decide} from '../../../src/core/decision.js'
import {toFinding} from '../../../src/plugins/destination/layers.js'

const {target} = parseTarget('https://a.example.com/path?q=1')

describe('the URL beside a finding', () => {
  test.each([
    [{layer: 'blocklist'}, 'https://a.example.com/path?q=1'],
    [{layer: 'blocklist', hides: true}, 'https://a.example.com/[redacted]'],
    [{layer: 'core_dlp'}, 'https://a.example.com/[redacted]'],
    [{layer: 'blocklist', inHost: true}, '[redacted-url]'],
    [{layer: 'core_dlp', inHost: true}, '[redacted-url]'],
  ] as const)('%j', (finding, shown) => {
    expect(echoUrl(target, finding)).toBe(shown)
  })

  test('is hidden as far as the strictest finding demands, whichever decides', () => {
    const plain = toFinding({label: 'crlf_injection', detail: 'first'})
    const hides = toFinding({label: 'blocklist', detail: 'second', hides: true})
    const inHost = toFinding({label: 'blocklist', detail: 'third', inHost: true})
    expect(hidingFinding(decide([plain, hides]))?.detail).toBe('second')
    expect(hidingFinding(decide([plain, hides, inHost]))?.detail).toBe('third')
  })
})
