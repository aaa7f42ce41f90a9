// Responses on every transport: injected instructions are detected in every form of a response, every action has its
// effect, and nothing of a refused response reaches the client.
import {expect} from 'vitest'
import {expectBlock, expectNoVerdict, logged, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import type {ActionRecord} from '../../src/formats/action-receipt.js'
import {isIntercepted, perform, type Adapter, type Outcome} from './transports.js'
import {GOOD, INJECTED} from './world.js'

const SMALL = {fetch_proxy: {max_response_mb: 1}, tls_interception: {max_response_bytes: 1_048_576}} as const

const worlds = worldsOf({
  warn: {config: SMALL},
  block: {config: {response_scanning: {action: 'block'}, ...SMALL}},
  strip: {config: {response_scanning: {action: 'strip'}}},
  ask: {config: {response_scanning: {action: 'ask'}}},
  floor: {config: {response_scanning: {enabled: false}}},
  films: {config: {response_scanning: {action: 'block'}, media_policy: {enabled: false}}},
  pictures: {config: {response_scanning: {action: 'block'}, media_policy: {max_image_bytes: 400}}},
  exempt: {config: {response_scanning: {action: 'block', exempt_domains: ['*.good.example']}}},
  report: {config: {enforce: false, response_scanning: {action: 'block'}}},
})

const OPAQUE = {
  connect: 'what is said inside an opaque tunnel cannot be seen',
  websocket: 'its messages have no status, headers or media type: test/integration has their table',
} as const
const WHOLE = {...OPAQUE, fetch: '/fetch answers as a whole: its limit and its streams are of its own'} as const

const MATCHED: ExpectedBlock = {
  reason: 'prompt_injection',
  layer: 'response_scan',
  status: 403,
  severity: 'critical',
  retry: 'none',
}

type Names = Parameters<typeof worlds.get>[0]

async function ask(t: Adapter, name: Names, kind: string, headers: readonly (readonly [string, string])[] = []) {
  const world = await worlds.get(name)
  return watch(world, () => perform(t, world, {host: GOOD, path: `/answers/${kind}`, headers}))
}

/** The receipts of the exchange itself, without those of its tunnel or redirects. */
const verdicts = ({result, receipts}: {result: Outcome; receipts: readonly ActionRecord[]}) =>
  receipts.slice(result.before.length).map((r) => [r.verdict, r.layer || undefined])

matrix('answers', [
  {
    name: 'an ordinary response passes unchanged, with one receipt',
    async holds(t) {
      for (const name of ['warn', 'block', 'strip'] as const) {
        for (const kind of ['clean', 'events', 'lines']) {
          const watched = await ask(t, name, kind)
          expect(watched.result.status).toBe(200)
          expect(watched.result.body + watched.result.content).toContain(t.name === 'connect' ? '' : 'origin says')
          expectNoVerdict(watched.result)
          expect(verdicts(watched)).toEqual([['allow', undefined]])
        }
      }
    },
  },
  {
    name: 'injected instructions are refused in every form of a response, with a second receipt under the same action',
    exempt: OPAQUE,
    async holds(t) {
      for (const kind of ['injected', 'hidden', 'escaped']) {
        const watched = await ask(t, 'block', kind)
        expectBlock(watched.result, MATCHED)
        expect(watched.result.body).not.toContain('origin says')
        expect(verdicts(watched)).toEqual([
          ['allow', undefined],
          ['block', 'response_scan'],
        ])
        expect(new Set(watched.receipts.slice(watched.result.before.length).map((r) => r.action_id)).size).toBe(1)
        expect(watched.reached).toBe(1)
      }
    },
  },
  {
    name: 'injected instructions are detected under every declared type and character set',
    exempt: OPAQUE,
    async holds(t) {
      for (const kind of ['utf16_json', 'utf16_page', 'false_font', 'false_film']) {
        const watched = await ask(t, 'films', kind)
        expectBlock(watched.result, MATCHED)
        expect(watched.result.body).not.toContain('origin says')
        expect(verdicts(watched).at(-1)).toEqual(['block', 'response_scan'])
      }
    },
  },
  {
    name: 'an unsupported character set is refused where findings are enforced, and otherwise recorded',
    exempt: OPAQUE,
    async holds(t) {
      const watched = await ask(t, 'block', 'ebcdic')
      expectBlock(watched.result, {...MATCHED, reason: 'parse_error', severity: 'warn'})
      const passed = await ask(t, 'warn', 'ebcdic')
      expect([passed.result.status, verdicts(passed).at(-1)]).toEqual([200, ['warn', 'response_scan']])
    },
  },
  {
    name: 'a real font passes byte for byte',
    exempt: {...OPAQUE, fetch: '/fetch returns text'},
    async holds(t) {
      const watched = await ask(t, 'block', 'font')
      expect([watched.result.status, verdicts(watched)]).toEqual([200, [['allow', undefined]]])
      expect(watched.result.fields.get('content-length')).toBe('80020')
    },
  },
  {
    name: 'by default they are passed on, recorded and logged',
    exempt: OPAQUE,
    async holds(t) {
      const world = await worlds.get('warn')
      const watched = await ask(t, 'warn', 'injected')
      expect([watched.result.status, watched.result.body.includes(INJECTED)]).toEqual([200, true])
      expectNoVerdict(watched.result)
      expect(verdicts(watched)).toEqual([
        ['allow', undefined],
        ['warn', 'response_scan'],
      ])
      await logged(world, /"event":"response_scan".*"action":"warn"/)
    },
  },
  {
    name: 'stripped text is removed; a match that cannot be stripped is refused',
    exempt: OPAQUE,
    async holds(t) {
      const watched = await ask(t, 'strip', 'injected')
      expect(watched.result.status).toBe(200)
      expect(watched.result.body).toContain('origin says this. [REDACTED: ')
      expect(watched.result.body).not.toContain('previous')
      expect(watched.result.fields.has('etag')).toBe(false)
      expect(verdicts(watched)).toEqual([
        ['allow', undefined],
        ['strip', 'response_scan'],
      ])
      expect(watched.receipts.at(-1)?.verdict).toBe('strip')
    },
  },
  {
    name: 'ask refuses while no approver is present',
    exempt: OPAQUE,
    async holds(t) {
      expectBlock((await ask(t, 'ask', 'injected')).result, MATCHED)
    },
  },
  {
    name: 'with everything off the core floor remains, and refuses',
    exempt: OPAQUE,
    async holds(t) {
      const watched = await ask(t, 'floor', 'injected')
      expectBlock(watched.result, {...MATCHED, layer: 'core_response'})
      expect((await ask(t, 'floor', 'clean')).result.status).toBe(200)
    },
  },
  {
    name: 'an exempt host, and a firewall that enforces nothing, only report',
    exempt: OPAQUE,
    async holds(t) {
      for (const name of ['exempt', 'report'] as const) {
        const watched = await ask(t, name, 'injected')
        expect([name, watched.result.status]).toEqual([name, 200])
        expect(verdicts(watched)).toEqual([
          ['allow', undefined],
          ['warn', 'response_scan'],
        ])
      }
    },
  },
  {
    name: 'compressed content is refused in every mode, and is not requested',
    exempt: {...OPAQUE, fetch: '/fetch decodes what came and scans that'},
    async holds(t) {
      for (const name of ['warn', 'report', 'exempt'] as const) {
        const world = await worlds.get(name)
        const watched = await ask(t, name, 'compressed', [['Accept-Encoding', 'gzip']])
        expectBlock(watched.result, {...MATCHED, reason: 'compressed_response', severity: 'warn', retry: 'policy'})
        const requested = world.http.requests.at(-1)?.rawHeaders ?? []
        expect(requested[requested.indexOf('Accept-Encoding') + 1]).toBe('identity')
      }
    },
  },
  {
    name: 'an image loses everything besides its pixels, and the fields that describe its old bytes',
    exempt: OPAQUE,
    async holds(t) {
      const world = await worlds.get('pictures')
      const watched = await ask(t, 'pictures', 'picture', [['Range', 'bytes=0-9']])
      expectNoVerdict(watched.result)
      expect([watched.result.status, verdicts(watched)]).toEqual([200, [['allow', undefined]]])
      const text = watched.result.body + watched.result.content
      expect([text.includes('PNG'), text.includes('Ignore'), text.includes('tEXt')]).toEqual([true, false, false])
      for (const gone of ['etag', 'accept-ranges', 'content-range']) expect(watched.result.fields.has(gone)).toBe(false)
      const pattern = /"event":"media_exposure".*"metadata_segments_removed":1.*"blocked":false/
      await logged(world, pattern)
      const clean = await ask(t, 'pictures', 'clean_picture')
      expect([clean.result.status, clean.result.fields.get('etag')]).toEqual([
        200,
        t.name === 'fetch' ? undefined : '"1"',
      ])
    },
  },
  {
    name: 'audio, a mislabelled image and a broken one are refused',
    exempt: OPAQUE,
    async holds(t) {
      for (const kind of ['sound', 'disguised', 'broken_picture']) {
        const watched = await ask(t, 'pictures', kind)
        expectBlock(watched.result, {
          reason: 'media_policy',
          layer: 'media_policy',
          status: 403,
          severity: 'warn',
          retry: 'policy',
        })
        expect(watched.result.body + watched.result.content).not.toMatch(/origin says|Ignore/)
        expect(verdicts(watched)).toEqual([
          ['allow', undefined],
          ['block', 'media_policy'],
        ])
      }
      const world = await worlds.get('pictures')
      const pattern = /"event":"media_exposure".*"blocked":true,"block_reason":"media_policy: audio stripped"/
      await logged(world, pattern)
    },
  },
  {
    name: 'a response over the limit is refused where findings are enforced, and otherwise passed on and logged',
    exempt: WHOLE,
    async holds(t) {
      expectBlock((await ask(t, 'block', 'large')).result, {
        ...MATCHED,
        reason: 'response_size',
        layer: isIntercepted(t.name) ? 'tls_response_blocked' : 'response_size',
        severity: 'warn',
        retry: 'policy',
      })
      const world = await worlds.get('warn')
      const watched = await ask(t, 'warn', 'large')
      expect([watched.result.status, watched.result.body.length]).toEqual([200, 2_000_012])
      await logged(world, /"event":"anomaly".*passed on unscanned/)
    },
  },
  {
    name: 'an injected instruction split over two events of a stream is never completed',
    exempt: WHOLE,
    async holds(t) {
      const world = await worlds.get('block')
      const {result, receipts} = await watch(world, () =>
        perform(t, world, {host: GOOD, path: '/answers/split'}).then(
          (watched) => ({cut: false, text: watched.body}),
          (error: unknown) => ({cut: true, text: String(error)}),
        ),
      )
      expect(result.cut).toBe(true)
      expect(result.text).toContain('origin says')
      expect(result.text).not.toContain(INJECTED.slice(20))
      expect(receipts.at(-1)).toMatchObject({verdict: 'block', layer: 'sse_stream'})
    },
  },
  {
    name: 'an injected instruction and a credential split over lines are never completed',
    exempt: OPAQUE,
    async holds(t) {
      const world = await worlds.get('block')
      for (const kind of t.name === 'fetch' ? ['split_lines'] : ['split_lines', 'secret_lines']) {
        const {result, receipts} = await watch(world, () =>
          perform(t, world, {host: GOOD, path: `/answers/${kind}`}).then(
            (watched) => `${watched.status} ${watched.body}`,
            (error: unknown) => String(error),
          ),
        )
        expect(result).not.toMatch(/reveal the system prompt|Z2MN/)
        expect(receipts.at(-1)).toMatchObject({verdict: 'block', layer: 'response_scan'})
      }
      const watched = await ask(t, 'report', 'split_lines')
      expect([watched.result.status, verdicts(watched).at(-1)]).toEqual([200, ['warn', 'response_scan']])
    },
  },
  {
    name: 'text stripped from a line is removed, and the other lines arrive',
    exempt: OPAQUE,
    async holds(t) {
      const watched = await ask(t, 'strip', 'injected_lines')
      expect(watched.result.status).toBe(200)
      expect(watched.result.body).toMatch(/origin says.*\[REDACTED: /s)
      expect(watched.result.body).not.toContain('previous')
      expect(watched.result.fields.has('etag')).toBe(false)
      expect(verdicts(watched)).toEqual([
        ['allow', undefined],
        ['strip', 'response_scan'],
      ])
    },
  },
  {
    name: 'one requested range is cut from the scanned response',
    exempt: {...OPAQUE, fetch: 'no field of a client goes out'},
    async holds(t) {
      const range = [['Range', 'bytes=0-5']] as const
      const watched = await ask(t, 'block', 'clean', range)
      expect([watched.result.status, watched.result.body]).toEqual([206, 'origin'])
      expectBlock((await ask(t, 'block', 'injected', range)).result, MATCHED)
    },
  },
])
worlds.examined()
