// Public vectors for what evidence rests on: Ed25519, strict JSON, RFC 8785, Merkle proofs.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import {parsePublicKey, verify} from '../../src/lib/ed25519.js'
import * as web from '../../src/lib/web/ed25519.js'
import {jcs} from '../../src/lib/jcs.js'
import {integerOf, isObject, JsonFault, readJson, type JsonObject} from '../../src/lib/json/reader.js'
import {verifyConsistency, verifyInclusion} from '../../src/plugins/receipts/anchor/merkle-tree.js'
import {boxPrivateKey, sharedSecret} from '../../src/lib/sealed-box.js'
import {verifySecond} from '../support/second-ed25519.js'

const root =
  process.env['PIPELOCK_CONFORMANCE'] ?? fileURLToPath(new URL('../../../shared/conformance', import.meta.url))
const data = join(root, 'standards')
const hex = (text: string) => Buffer.from(text, 'hex')

type WebKey = ReturnType<typeof web.parsePublicKey>

const parsed = (key: string) => ({native: parsePublicKey(hex(key)), inBrowser: web.parsePublicKey(hex(key))})

/** The verifier that runs in a browser; `msg` is text. */
function webAccepts(key: WebKey, msg: string, sig: string): boolean {
  return key !== undefined && web.verify(key, Buffer.from(msg), hex(sig))
}

if (!existsSync(data)) {
  console.warn(`standards vectors not found in ${data}: skipped (set PIPELOCK_CONFORMANCE)`)
  test.skip('standards vectors', () => undefined)
} else {
  test('X25519 of wycheproof: the stated secret, and none where it is zero', () => {
    const {testGroups} = JSON.parse(readFileSync(join(data, 'aead/wycheproof-x25519_test.json'), 'utf8')) as {
      testGroups: readonly {
        tests: readonly {tcId: number; public: string; private: string; shared: string}[]
      }[]
    }
    let zero = 0
    for (const {tcId, public: theirs, private: mine, shared} of testGroups.flatMap((group) => group.tests)) {
      const secret = sharedSecret(boxPrivateKey(hex(mine)).key, hex(theirs))
      const isZero = /^0+$/.test(shared)
      if (isZero) zero++
      expect([tcId, secret?.toString('hex')]).toEqual([tcId, isZero ? undefined : shared])
    }
    expect(zero).toBe(31)
  })

  describe('Ed25519', () => {
    test('wycheproof: both verifiers give the stated result', () => {
      const {testGroups} = JSON.parse(readFileSync(join(data, 'ed25519/wycheproof-ed25519_test.json'), 'utf8')) as {
        testGroups: readonly {
          publicKey: {pk: string}
          tests: readonly {tcId: number; msg: string; sig: string; result: string}[]
        }[]
      }
      let count = 0
      for (const group of testGroups) {
        const raw = hex(group.publicKey.pk)
        const key = parsePublicKey(raw)
        const webKey = web.parsePublicKey(raw)
        for (const {tcId, msg, sig, result} of group.tests) {
          count++
          const native = key !== undefined && verify(key, hex(msg), hex(sig))
          const noble = webKey !== undefined && web.verify(webKey, hex(msg), hex(sig))
          const expected = result === 'valid'
          expect([tcId, native, noble, verifySecond(raw, hex(msg), hex(sig))]).toEqual([
            tcId,
            expected,
            expected,
            expected,
          ])
        }
      }
      expect(count).toBe(151)
    })

    test('CCTV: bad keys are refused by the key check, and on the others both verifiers agree', () => {
      const vectors = JSON.parse(readFileSync(join(data, 'ed25519/cctv-ed25519.json'), 'utf8')) as readonly {
        number: number
        key: string
        sig: string
        msg: string
        flags: readonly string[] | null
      }[]
      const refusedFlags = ['low_order_A', 'non_canonical_A', 'low_order_component_A']
      // the vectors have a few keys between them, and to check one takes milliseconds
      const keys = new Map([...new Set(vectors.map(({key}) => key))].map((key) => [key, parsed(key)]))
      let refused = 0
      for (const {number, key, sig, msg, flags} of vectors) {
        const {native, inBrowser} = keys.get(key) ?? parsed(key)
        const bad = flags?.some((flag) => refusedFlags.includes(flag)) ?? false
        expect([number, native === undefined]).toEqual([number, bad])
        if (!native) {
          expect([number, webAccepts(inBrowser, msg, sig)]).toEqual([number, false])
          refused++
        } else {
          const expected = verifySecond(hex(key), Buffer.from(msg), hex(sig))
          expect([number, verify(native, Buffer.from(msg), hex(sig)), webAccepts(inBrowser, msg, sig)]).toEqual([
            number,
            expected,
            expected,
          ])
        }
      }
      expect([vectors.length, refused]).toEqual([914, 886])
    })
  })

  describe('strict JSON', () => {
    const duplicates = new Set(['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'])
    const folder = join(data, 'json-parsing')
    test.each(readdirSync(folder))('%s', (name) => {
      let kind = 'accepted'
      try {
        readJson(readFileSync(join(folder, name)), {maxDepth: 128})
      } catch (error) {
        if (!(error instanceof JsonFault)) throw error
        kind = error.kind
      }
      if (duplicates.has(name)) expect(kind).toBe('duplicate')
      else if (name.startsWith('y_') || name.startsWith('i_number_')) expect(kind).toBe('accepted')
      else if (name === 'i_structure_500_nested_arrays.json') expect(kind).toBe('depth')
      else expect(kind).not.toBe('accepted')
    })
  })

  describe('RFC 8785', () => {
    test.each(readdirSync(join(data, 'jcs/input')))('%s', (name) => {
      const input: unknown = JSON.parse(readFileSync(join(data, 'jcs/input', name), 'utf8'))
      expect(jcs(input)).toBe(readFileSync(join(data, 'jcs/output', name), 'utf8'))
      const hexText = readFileSync(join(data, 'jcs/outhex', name.replace('.json', '.txt')), 'utf8')
      expect(Buffer.from(jcs(input)).toString('hex')).toBe(hexText.replaceAll(/\s/g, ''))
    })
  })

  describe('Merkle proofs of transparency-dev', () => {
    // sizes go up to 2^64-1, which JSON.parse would round
    const cases = (name: string): readonly JsonObject[] =>
      readFileSync(join(data, 'merkle', name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => {
          const value = readJson(line, {maxDepth: 8})
          if (!isObject(value)) throw new Error('no object')
          return value
        })
    const number = (value: JsonObject, name: string): bigint => integerOf(value[name]) ?? -1n
    const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : '', 'base64')
    const proof = (value: JsonObject): Buffer[] => (Array.isArray(value['proof']) ? value['proof'].map(bytes) : [])

    test('inclusion', () => {
      const all = cases('inclusion.jsonl')
      for (const c of all) {
        const {leafHash, root} = c
        const ok = verifyInclusion(number(c, 'leafIdx'), number(c, 'treeSize'), bytes(leafHash), proof(c), bytes(root))
        expect([c['name'], ok]).toEqual([c['name'], c['wantErr'] === false])
      }
      expect(all).toHaveLength(98)
    })

    test('consistency', () => {
      const all = cases('consistency.jsonl')
      for (const c of all) {
        const {root1, root2} = c
        const ok = verifyConsistency(number(c, 'size1'), number(c, 'size2'), bytes(root1), bytes(root2), proof(c))
        expect([c['name'], ok]).toEqual([c['name'], c['wantErr'] === false])
      }
      expect(all).toHaveLength(98)
    })
  })
}
