// Finding captures and writing outputs: all or nothing, never over an input.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {discoverByAgent, discoverByPattern} from '../../../../../src/plugins/learn/compile/discover.js'
import {runCompile, type CompileRequest} from '../../../../../src/plugins/learn/compile/run.js'
import {sections} from '../../../../../src/plugins/learn/config.js'
import {DEFAULT_PRIVACY} from '../../../../../src/plugins/learn/privacy/privacy.js'
import {captureDetail, captureLines, chainLines} from '../../../../support/captures.js'
import {HARNESS} from '../../../../support/compiling.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'compile-'))
})
afterEach(() => rmSync(root, {recursive: true}))

const put = (path: string, text: string): string => {
  const full = join(root, path)
  mkdirSync(dirname(full), {recursive: true})
  writeFileSync(full, text)
  return full
}

const request = (over: Partial<CompileRequest> = {}): CompileRequest => ({
  agent: 'coder',
  profile: 'wilson_lb_v2',
  inference: sections.learn.parse({}).inference,
  privacy: DEFAULT_PRIVACY,
  captureDir: '',
  policyHash: 'ab'.repeat(32),
  input: undefined,
  fromAggregates: undefined,
  sinceMs: 3_600_000,
  output: join(root, 'out', 'c.candidate.yaml'),
  review: undefined,
  manifest: undefined,
  signer: HARNESS.signer,
  protectedFiles: [],
  acceptTail: false,
  acceptDrops: false,
  allowTruncatedChains: false,
  requireCheckpoints: false,
  checkpointKeys: undefined,
  build: {version: '1', sha: 'x', runtime: 'node'},
  now: () => 1_777_500_000_000,
  threads: 1,
  progress: () => {},
  ...over,
})

const codeOf = async (action: () => unknown): Promise<string> => {
  try {
    await action()
    return 'no error'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

test('outputs beside the candidate, mode 0600, the manifest with relative input paths', async () => {
  const input = put('captures/coder/evidence-coder-0.jsonl', captureLines([{}]))
  const result = await runCompile(request({input, captureDir: join(root, 'captures')}))
  expect(readdirSync(join(root, 'out')).sort()).toEqual([
    'c.candidate.coverage.json',
    'c.candidate.manifest.json',
    'c.candidate.review.md',
    'c.candidate.segments.json',
    'c.candidate.yaml',
  ])
  for (const name of readdirSync(join(root, 'out'))) expect(statSync(join(root, 'out', name)).mode & 0o777).toBe(0o600)
  const {body} = JSON.parse(readFileSync(result.manifest, 'utf8')) as {body: Record<string, unknown>}
  expect(body['inputs']).toMatchObject([{path: 'coder/evidence-coder-0.jsonl', event_count: 1}])
  expect(body['compile_config_hash']).toBe(`sha256:${'ab'.repeat(32)}`)
  expect(Object.keys(body['module_digests'] as object)).toContain('pipelock@1')
  expect(Object.keys(body['module_digests'] as object).some((name) => name.startsWith('yaml@'))).toBe(true)
  expect(Object.keys(body['module_digests'] as object).some((name) => name.startsWith('vitest@'))).toBe(false)
})

test('wilson_lb_v1 writes no ledger', async () => {
  const input = put('c.jsonl', captureLines([{}]))
  expect((await runCompile(request({input, profile: 'wilson_lb_v1'}))).segments).toBeUndefined()
  expect(existsSync(join(root, 'out', 'c.candidate.segments.json'))).toBe(false)
  expect(existsSync(join(root, 'out', 'c.candidate.coverage.json'))).toBe(false)
})

test('what cannot become a contract is said at once', async () => {
  const one = put('c.jsonl', captureLines([{}]))
  expect((await runCompile(request({input: one}))).warnings).toEqual([
    'no rule has enough evidence to be enforced by default (from 1 session): observe more, in different hours',
  ])
  const {warnings} = await runCompile(request({input: one, agent: 'codr', output: join(root, 'out', 'd.yaml')}))
  expect(warnings.join()).toContain('1 event of other agents left out: is --agent "codr" right?')
})

test('a folder that cannot be written to is named, not the temporary file', async () => {
  const input = put('c.jsonl', captureLines([{}]))
  const error: unknown = await runCompile(request({input, output: '/proc/c.yaml'})).catch((e: unknown) => e)
  expect(error).toMatchObject({code: 'file_permissions', message: '/proc/c.yaml cannot be written: ENOENT'})
})

test('an output is never an input, a key, another output or a link', async () => {
  const input = put('c.jsonl', captureLines([{}]))
  expect(await codeOf(() => runCompile(request({input, output: input})))).toBe('usage')
  expect(await codeOf(() => runCompile(request({input, review: join(root, 'out', 'c.candidate.yaml')})))).toBe('usage')
  const key = put('key', 'secret')
  expect(await codeOf(() => runCompile(request({input, review: key, protectedFiles: [key]})))).toBe('usage')
  symlinkSync(key, join(root, 'linked'))
  expect(await codeOf(() => runCompile(request({input, manifest: join(root, 'linked')})))).toBe('file_not_regular')
  expect(readFileSync(key, 'utf8')).toBe('secret')
  expect(existsSync(join(root, 'out', 'c.candidate.yaml'))).toBe(false)
  expect(readdirSync(join(root, 'out'))).toEqual([])
})

test('an input must be a regular file that is there', async () => {
  const input = put('c.jsonl', captureLines([{}]))
  symlinkSync(input, join(root, 'link.jsonl'))
  expect(await codeOf(() => runCompile(request({input: join(root, 'link.jsonl')})))).toBe('file_not_regular')
  expect(await codeOf(() => runCompile(request({input: join(root, 'none.jsonl')})))).toBe('file_not_found')
  expect(await codeOf(() => runCompile(request({input: join(root, 'none*.jsonl')})))).toBe('no_captures')
  expect(await codeOf(() => runCompile(request()))).toBe('usage')
})

test('a broken chain leaves no output', async () => {
  const input = put('c.jsonl', captureLines([{}, {}]).split('\n').slice(1).join('\n'))
  expect(await codeOf(() => runCompile(request({input})))).toBe('hash_chain_broken')
  expect(existsSync(join(root, 'out'))).toBe(false)
  const result = await runCompile(request({input, allowTruncatedChains: true}))
  expect(result.warnings.join()).toContain('does not begin at genesis')
})

test('drops warn over 1 % and refuse over 10 %', async () => {
  const entries = (events: number, dropped: number) => [
    ...Array.from({length: events}, () => ({type: 'capture', detail: captureDetail({})})),
    {type: 'capture_drop', detail: {count: dropped, reason: 'backpressure'}},
  ]
  const run = (events: number, dropped: number, acceptDrops = false) =>
    runCompile(request({input: put('c.jsonl', chainLines(entries(events, dropped))), acceptDrops}))
  expect((await run(99, 1)).warnings.join()).not.toContain('dropped')
  expect((await run(98, 2)).warnings.join()).toContain('2 of 100 captures were dropped (2.00 %)')
  expect((await run(90, 10)).dropped).toBe(10)
  expect(await codeOf(() => run(89, 11))).toBe('captures_dropped')
  expect((await run(89, 11, true)).dropped).toBe(11)
})

test('discovery: own and hashed session directories, vetted; drop sentinels of the capture root', async () => {
  const captures = join(root, 'captures')
  const hashed = `h-${'a'.repeat(32)}`
  const original = (id: string) => captureLines([{detail: {session_id_original: id}}])
  put('captures/coder/evidence-coder-0.jsonl', captureLines([{}]))
  put('captures/coder|ip|x/evidence-coder|ip|x-10.jsonl', captureLines([{}]))
  put('captures/coder|ip|x/evidence-coder|ip|x-9.jsonl', captureLines([{}]))
  put('captures/coder-two/evidence-coder-two-0.jsonl', captureLines([{}]))
  put('captures/coder|foreign/evidence-1-0.jsonl', captureLines([{agent: 'other'}]))
  put('captures/coder|odd/evidence-1-0.jsonl', 'no entry\n')
  put(`captures/${hashed}/evidence-${hashed}-0.jsonl`, original('coder|long'))
  put(`captures/h-${'b'.repeat(32)}/evidence-1-0.jsonl`, original('other|long'))
  put('captures/capture-meta/evidence-capture-meta-0.jsonl', chainLines([{type: 'capture_drop', detail: {count: 1}}]))
  const old = put('captures/coder|old/evidence-1-0.jsonl', captureLines([{}]))
  utimesSync(old, 1000, 1000)
  put('outside/evidence-1-0.jsonl', captureLines([{}]))
  symlinkSync(join(root, 'outside'), join(captures, 'coder|link'))
  const result = discoverByAgent(captures, 'coder', 2_000_000)
  expect(result.chains.map((chain) => chain.map((path) => path.slice(captures.length + 1)))).toEqual([
    ['capture-meta/evidence-capture-meta-0.jsonl'],
    ['coder/evidence-coder-0.jsonl'],
    ['coder|ip|x/evidence-coder|ip|x-9.jsonl', 'coder|ip|x/evidence-coder|ip|x-10.jsonl'],
    [`${hashed}/evidence-${hashed}-0.jsonl`],
  ])
  expect(result.skipped.map((text) => text.split(': ')[1]).sort()).toEqual([
    'it belongs to another session',
    'it was recorded for another agent',
    'its first line is not a recorder entry',
    'not a directory of the capture root',
  ])
  expect(await codeOf(() => discoverByAgent(captures, 'nobody', 0))).toBe('no_captures')
  expect(await codeOf(() => discoverByAgent(join(root, 'absent'), 'coder', 0))).toBe('file_not_found')
})

test('discovery: a link that leads nowhere is left out, and drop sentinels lie inside the capture root', async () => {
  const captures = join(root, 'captures')
  const own = put('captures/coder/evidence-coder-0.jsonl', captureLines([{}]))
  put('outside/evidence-capture-meta-0.jsonl', chainLines([{type: 'capture_drop', detail: {count: 1}}]))
  symlinkSync(join(root, 'outside'), join(captures, 'capture-meta'))
  symlinkSync(join(root, 'absent'), join(captures, 'coder|dangling'))
  expect(discoverByAgent(captures, 'coder', 0)).toEqual({
    chains: [[own]],
    skipped: [`${join(captures, 'coder|dangling')}: not a directory of the capture root`],
  })
})

test('files that are no parts of a recorder session are chains of their own', async () => {
  put('a.jsonl', '')
  put('b.jsonl', '')
  expect(discoverByPattern(join(root, '*.jsonl')).chains).toHaveLength(2)
})
