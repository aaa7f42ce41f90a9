// What a refusal may show of a URL that no layer inspected.
import {expect, test} from 'vitest'
import type {Exchange} from '../../../src/core/exchange.js'
import {createFindingRedactor} from '../../../src/core/redacted-text.js'
import {parseTarget} from '../../../src/core/target.js'
import {toFinding} from '../../../src/plugins/destination/layers.js'
import {MAX_SHOWN} from '../../../src/formats/sanitise.js'

const findings = [toFinding({label: 'blocklist', detail: 'refused'})]
const hides = (raw: string, isClean: (text: string) => boolean) => {
  const {target} = parseTarget(raw)
  return createFindingRedactor(isClean).unjudged({target} as Exchange, findings)[0]
}

test('a clean URL is shown, one with a credential is not, nor a host that holds one', () => {
  const isClean = (text: string): boolean => !text.includes('secret')
  expect(hides('https://a.test/p', isClean)).not.toHaveProperty('hides')
  expect(hides('https://a.test/secret', isClean)).toMatchObject({hides: true})
  expect(hides('https://a.test/secret', isClean)).not.toHaveProperty('inHost')
  expect(hides('https://secret.test/p', isClean)).toMatchObject({hides: true, inHost: true})
})

test('a long URL is hidden without a scan of it, which a client could ask for at will', () => {
  const scanned: number[] = []
  const result = hides(`https://a.test/${'p/'.repeat(MAX_SHOWN)}`, (text) => scanned.push(text.length) > 0)
  expect(result).toMatchObject({hides: true})
  expect(Math.max(...scanned)).toBeLessThan(64)
})
