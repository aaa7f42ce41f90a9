import {describe, expect, test} from 'vitest'
import {blockMessage, closeReason} from '../../../src/core/block-message.js'
import {REASONS, type Reason} from '../../../src/core/reasons.js'

const RECEIPT = '01J0ZK3V8Q4W5X6Y7Z89ABCDEF'

describe('a block without headers', () => {
  test('has its members in order, without empty or malformed ones', () => {
    expect(JSON.stringify(blockMessage({reason: 'dlp_match', layer: 'body_dlp'}, RECEIPT))).toBe(
      `{"block_reason":"dlp_match","version":"1","severity":"critical","retry":"none","layer":"body_dlp","receipt":"${RECEIPT}"}`,
    )
    for (const layer of ['', 'a"b', 'x'.repeat(33)]) {
      expect(Object.keys(blockMessage({reason: 'timeout', layer}, 'not one'))).toEqual([
        'block_reason',
        'version',
        'severity',
        'retry',
      ])
    }
  })

  test.each<[string, string, string, string]>([
    [
      'whole',
      'ssrf',
      '',
      '{"block_reason":"timeout","version":"1","severity":"warn","retry":"transient","layer":"ssrf"}',
    ],
    [
      'without its receipt',
      'ssrf',
      RECEIPT,
      '{"block_reason":"timeout","version":"1","severity":"warn","retry":"transient","layer":"ssrf"}',
    ],
    [
      'without its layer',
      'x'.repeat(32),
      RECEIPT,
      '{"block_reason":"contract_invalid_path","version":"1","severity":"warn","retry":"retry-with-canonical-path"}',
    ],
  ])('a close frame takes it %s', (_name, layer, receipt, text) => {
    const reason = text.includes('contract') ? 'contract_invalid_path' : 'timeout'
    expect(closeReason({reason, layer}, receipt)).toBe(text)
  })

  test('a close frame has room for every code, and omits the text where it has none', () => {
    for (const reason of Object.keys(REASONS) as Reason[]) {
      const text = closeReason({reason, layer: 'x'.repeat(32)}, RECEIPT)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(123)
      expect(JSON.parse(text)).toMatchObject({block_reason: reason, version: '1', retry: REASONS[reason].retry})
    }
  })
})
