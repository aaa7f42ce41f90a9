// Sidecars as compile and shadow use them: the right key, the file that the chain states, and nothing of it in what they write.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {Action, Decision} from '../../../../src/core/decision.js'
import {escrowPrivateKey, escrowPublicKey} from '../../../../src/core/escrow-key.js'
import {PipelockError} from '../../../../src/core/errors.js'
import {payloadText, type CapturePayload} from '../../../../src/formats/capture-payload.js'
import {sha256Hex} from '../../../../src/lib/hash.js'
import {boxPrivateKey, privateKeyBytes, seal} from '../../../../src/lib/sealed-box.js'
import {judgeInput} from '../../../../src/plugins/learn/compile/gather.js'
import {readFiles} from '../../../../src/plugins/learn/compile/read-files.js'
import {resolveInference} from '../../../../src/plugins/learn/compile/settings.js'
import {assume} from '../../../../src/plugins/learn/shadow/assumption.js'
import {replay} from '../../../../src/plugins/learn/shadow/replay.js'
import {sidecarOpener} from '../../../../src/plugins/learn/sidecar/open.js'
import {captureLines, hourly, type CaptureSpec} from '../../../support/captures.js'
import {compileCaptures, contractOf, memoryChain} from '../../../support/compiling.js'

const key = boxPrivateKey(Buffer.alloc(32, 9))
const SECRET = 'the-sealed-part'
const HIDDEN = 'https://api.example.com/[redacted-path]'
const CLEAR = `https://api.example.com/v1/items?key=${SECRET}`

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sidecars-'))
})
afterEach(() => rmSync(root, {recursive: true}))

let used = 0
function sidecar(n: number, payload: CapturePayload): Readonly<Record<string, unknown>> {
  const plain = Buffer.from(payloadText(payload), 'utf8')
  const sealed = seal(key.public, plain, Buffer.from(sha256Hex(`ephemeral ${used++}`), 'hex'))
  const ref = `${String(n).padStart(6, '0')}.payload.enc`
  writeFileSync(join(root, ref), sealed, {mode: 0o600})
  return {payload_ref: ref, payload_sha256: sha256Hex(sealed), payload_bytes: plain.length, payload_complete: true}
}

const payload = (requestBytes = 5): CapturePayload => ({
  surface: 'url',
  method: 'GET',
  url: CLEAR,
  headers: [['cookie', SECRET]],
  requestBytes,
})
const hidden = (n: number, more: Partial<CaptureSpec> = {}): CaptureSpec => ({
  url: HIDDEN,
  session: 's',
  ts: hourly(n),
  ...more,
  detail: {...sidecar(n, payload(n)), ...more.detail},
})
const chain = (specs: readonly CaptureSpec[]): string => {
  writeFileSync(join(root, 'chain.jsonl'), captureLines(specs))
  return join(root, 'chain.jsonl')
}

describe('compile', () => {
  const inference = resolveInference('wilson_lb_v2', {})
  const read = (path: string, threads = 1, escrowKey: Uint8Array | null = privateKeyBytes(key)) =>
    readFiles(
      [[{path, name: 'chain'}]],
      {agent: 'coder', inference, allowTruncatedChains: false, escrowKey: escrowKey ?? undefined},
      {threads, partBytes: 2000, progress: () => {}},
    )

  test('takes sizes and nothing else, with or without threads', async () => {
    const path = chain(Array.from({length: 20}, (_, n) => hidden(n + 1)))
    const results = await Promise.all([read(path), read(path, 2)])
    for (const {aggregate} of results) {
      const [shape, ...others] = aggregate.http.values()
      expect(others).toEqual([])
      expect([...(shape?.payloadBytes.keys() ?? [])].sort((a, b) => a - b)).toEqual(
        Array.from({length: 20}, (_, i) => i + 1),
      )
      expect(shape?.path).toBeUndefined()
      expect([...aggregate.http.keys()].join('')).not.toContain(SECRET)
    }
  })

  test('counts a sidecar that is not there, and the capture without it', async () => {
    const path = chain([hidden(1), hidden(2)])
    rmSync(join(root, '000002.payload.enc'))
    const ingested = await read(path)
    expect(ingested.aggregate.events).toBe(2)
    expect(judgeInput(ingested, false)).toEqual(['1 captures name a sidecar that is not there; they count without it'])
    expect(judgeInput(await read(path, 1, null), false)).toEqual([])
  })

  test.each<[string, () => CaptureSpec, Uint8Array, string, RegExp]>([
    [
      'another key',
      () => hidden(1),
      Buffer.alloc(32, 8),
      'escrow_authentication_failed',
      /000001\.payload\.enc was not sealed/,
    ],
    [
      'an exchanged file',
      () => {
        const spec = hidden(1)
        sidecar(1, payload())
        return spec
      },
      privateKeyBytes(key),
      'hash_mismatch',
      /000001\.payload\.enc is not the sidecar/,
    ],
    [
      'a way out',
      () => hidden(1, {detail: {payload_ref: '../1.payload.enc'}}),
      privateKeyBytes(key),
      'invalid_field',
      /not the name of a sidecar/,
    ],
    [
      'another size',
      () => hidden(1, {detail: {payload_bytes: 1}}),
      privateKeyBytes(key),
      'invalid_field',
      /is not its size/,
    ],
    [
      'another surface',
      () => hidden(1, {detail: {surface: 'dlp'}}),
      privateKeyBytes(key),
      'invalid_field',
      /its surface is another/,
    ],
  ])('ends at %s', async (_, spec, bytes, code, message) => {
    const path = chain([spec()])
    const error = await read(path, 1, bytes).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(PipelockError)
    expect(error).toMatchObject({code, message: expect.stringMatching(message)})
    expect(String(error)).not.toContain(Buffer.from(bytes).toString('hex'))
  })
})

describe('shadow', () => {
  const learned = compileCaptures(
    Array.from({length: 6}, (_, hour) =>
      Array.from({length: 5}, (__, i): CaptureSpec => ({
        url: 'https://api.example.com/v1/items',
        session: `s${hour}`,
        ts: hourly(hour, i),
      })),
    ).flat(),
  )
  const decided = (action: Action): Decision => ({action, cause: undefined, findings: []})
  const run = (spec: CaptureSpec, verdict: Action, open = true) => {
    const received: string[] = []
    const path = chain([spec])
    const source = memoryChain(captureLines([spec])).map((one) => ({...one, path}))
    return replay([source], {
      assumed: assume(contractOf(learned).body, undefined, 'method'),
      scanner: () => (_, url) => {
        received.push(url)
        return decided(verdict)
      },
      agent: undefined,
      sinceMs: 0,
      nowMs: Date.UTC(2026, 4, 5),
      salt: undefined,
      openSidecar: open ? sidecarOpener(privateKeyBytes(key)) : undefined,
    }).then((result) => ({result, seen: received}))
  }
  const results = (kind: string, name?: string) => ({
    effective_findings: [
      {kind, action: 'block', severity: 'high', ...(name === undefined ? {} : {pattern_name: name})},
    ],
  })

  test('judges what was sealed, scanner and contract, and shows none of it', async () => {
    const {result, seen: received} = await run(hidden(1), 'allow')
    expect(received).toEqual([CLEAR])
    expect(result).toMatchObject({replayed: 1, newBlocks: 0, unmatched: []})
    expect(result.surfaces.get('url')).toEqual({grade: 'full', sidecar: true})
    expect(JSON.stringify([result, ...result.rules.keys()])).not.toContain(SECRET)
    const without = await run(hidden(1), 'allow', false)
    expect(without.seen).toEqual([])
    expect(without.result.newBlocks).toBe(1)
  })

  test('sees a configuration that no longer finds what was found', async () => {
    const {result} = await run(hidden(1, {action: 'block', detail: results('dlp', 'GitHub Token')}), 'allow')
    expect(result).toMatchObject({replayed: 1, newAllows: 1})
  })

  test.each([
    results('dlp', 'Environment Variable Leak'),
    results('dlp', 'Known Secret Leak'),
    results('dlp', 'Canary Token (x)'),
    results('ssrf'),
  ])('keeps a verdict that it could not find again: %o', async (detail) => {
    const {result, seen: received} = await run(hidden(1, {action: 'block', detail}), 'allow')
    expect(received).toEqual([])
    expect(result).toMatchObject({replayed: 1, newAllows: 0})
  })
})

describe('keys', () => {
  const text = '0a'.repeat(32)

  test('come from a file, a variable or the flag', () => {
    const path = join(root, 'key')
    writeFileSync(path, `${text}\n`, {mode: 0o600})
    for (const source of [`file:${path}`, '${ESCROW}', text]) {
      expect(privateKeyBytes(escrowPrivateKey('--k', source, {ESCROW: text})).toString('hex')).toBe(text)
    }
  })

  test.each([
    [`${text}0`, 'usage'],
    ['${ABSENT}', 'key_missing'],
    ['${SHORT}', 'key_invalid'],
    ['file:key', 'usage'],
    ['file:/absent', 'file_not_found'],
  ])('that are none are refused without being repeated: %s', (source, code) => {
    const attempt = () => escrowPrivateKey('--k', source, {SHORT: text.slice(2)})
    expect(attempt).toThrow(expect.objectContaining({code}))
    expect(attempt).not.toThrow(text.slice(2))
  })

  test('of small order are refused, since anybody could open what is sealed to them', () => {
    expect(() => escrowPublicKey('--k', '00'.repeat(32))).toThrow(/low-order/)
    expect(() => escrowPublicKey('--k', '00')).toThrow(/64 hex/)
  })
})
