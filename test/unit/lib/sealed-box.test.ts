import {randomBytes} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {boxPrivateKey, boxPublicKey, openSealed, openWithNonce, seal} from '../../../src/lib/sealed-box.js'

const key = boxPrivateKey(randomBytes(32))
const text = Buffer.from('{"url":"https://api.example.com/a?token=x"}')

describe('sealed box', () => {
  test('opens to what was sealed, also when that is empty', () => {
    expect(openSealed(key, seal(key.public, text, randomBytes(32)))).toEqual(text)
    expect(openSealed(key, seal(key.public, Buffer.alloc(0), randomBytes(32)))).toEqual(Buffer.alloc(0))
  })

  test('does not open after any byte was changed, cut or added', () => {
    const sealed = seal(key.public, text, randomBytes(32))
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed)
      changed[i] = (changed[i] ?? 0) ^ 1
      // the top bit of an X25519 key is not part of it, but of the nonce
      expect([i, openSealed(key, changed)]).toEqual([i, undefined])
    }
    for (const length of [0, 31, 32, 47, sealed.length - 1]) {
      expect(openSealed(key, sealed.subarray(0, length))).toBeUndefined()
    }
    expect(openSealed(key, Buffer.concat([sealed, Buffer.alloc(1)]))).toBeUndefined()
  })

  test('opens to no other key, and is no box with a nonce inside', () => {
    const sealed = seal(key.public, text, randomBytes(32))
    expect(openSealed(boxPrivateKey(randomBytes(32)), sealed)).toBeUndefined()
    expect(openWithNonce(key, sealed)).toBeUndefined()
  })

  test('is not made to a key of small order, and not opened from one', () => {
    for (const point of ['00'.repeat(32), `01${'00'.repeat(31)}`, `ecff${'ff'.repeat(29)}7f`]) {
      const raw = Buffer.from(point, 'hex')
      expect([point, boxPublicKey(raw)]).toEqual([point, undefined])
      expect(openSealed(key, Buffer.concat([raw, Buffer.alloc(64)]))).toBeUndefined()
    }
    expect(boxPublicKey(Buffer.alloc(31, 9))).toBeUndefined()
    expect(boxPublicKey(key.public.raw)?.raw).toEqual(key.public.raw)
  })
})
