// The id in a block response leads to the decision in the evidence: within a run and over restarts, and not where it
// names several requests or none.
import {cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import {loadExplanations} from '../../../src/cli/explain/explanations.js'
import {findDecision, parseDecisionId, shortId} from '../../../src/cli/explain/recorded.js'
import {decisive, recordedLines} from '../../../src/cli/explain/recorded-report.js'
import {upper} from '../../support/credentials.js'
import {ADAPTERS, perform, TRANSPORTS, type Action} from '../../matrix/transports.js'
import {GOOD, startWorld, type World} from '../../matrix/world.js'

const worlds: World[] = []
const folders: string[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.stop()
    world.remove()
  }
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true})
})

async function open(): Promise<World> {
  const world = await startWorld({config: {fetch_proxy: {monitoring: {blocklist: ['other.good.example']}}}})
  worlds.push(world)
  return world
}

const KEY = ['AK', 'IA', upper(16)].join('')

/** Behind the reverse proxy the host is the operator's, on no blocklist. */
const SECRET: Action = {host: GOOD, path: `/?k=${KEY}`}

const evidence = (world: World): string => join(world.folder, 'evidence')

test.each(TRANSPORTS)('a block over %s, carries the id of its decision', async (name) => {
  const world = await open()
  const outcome = await perform(ADAPTERS[name], world, name === 'reverse' ? SECRET : {host: 'other.good.example'})
  const id = outcome.fields.get('x-pipelock-request-id') ?? ''
  expect(id).toMatch(/^req-[0-9]+-[0-9a-f]{6}$/)
  if (name === 'fetch') expect(JSON.parse(outcome.body)).toMatchObject({blocked: true, request_id: id})
  await world.stop()
  const decisions = findDecision(evidence(world), parseDecisionId(id))
  const last = decisive(decisions)
  const layer = name === 'reverse' ? 'core_dlp' : 'blocklist'
  expect(last).toMatchObject({verdict: 'block', layer})
  expect(findDecision(evidence(world), parseDecisionId(last?.actionId ?? ''))).toEqual(decisions)
  expect(findDecision(evidence(world), parseDecisionId(last?.requestId ?? ''))).toEqual(decisions)
  expect(recordedLines(decisions, await loadExplanations()).join('\n')).toContain(`${id}: BLOCK (${layer})`)
})

test('a request that passed, carries no id and is found nevertheless', async () => {
  const world = await open()
  const outcome = await perform(ADAPTERS.forward, world, {host: GOOD})
  expect(outcome.fields.has('x-pipelock-request-id')).toBe(false)
  await world.stop()
  const [receipt] = world.receipts()
  expect(decisive(findDecision(evidence(world), parseDecisionId(receipt?.action_id ?? '')))?.verdict).toBe('allow')
})

function line(requestId: string, actionId: string, target = 'https://a.example/'): string {
  const action_record = {
    request_id: requestId,
    action_id: actionId,
    timestamp: '2026-01-01T00:00:00Z',
    method: 'GET',
    target,
    verdict: 'block',
    layer: 'blocklist',
  }
  return `${JSON.stringify({type: 'action_receipt', detail: {action_record}})}\n`
}

const FIRST = '01890000-0000-7000-8000-000000aaaaaa'
const SECOND = '01890000-0000-7000-8000-000000bbbbbb'

function folder(...lines: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'recorded-'))
  folders.push(directory)
  writeFileSync(join(directory, 'evidence-proxy-0.jsonl'), lines.join(''))
  return directory
}

test('a number used by two runs, is ambiguous, and the message lists the full ids', () => {
  const directory = folder(line('req-1', FIRST), line('req-1', SECOND), line('req-12', SECOND))
  expect(() => findDecision(directory, parseDecisionId('req-1'))).toThrow(
    /req-1 names 2 requests[^]*req-1-bbbbbb[^]*req-1-aaaaaa/,
  )
  expect(findDecision(directory, parseDecisionId('req-1-aaaaaa')).map(shortId)).toEqual(['req-1-aaaaaa'])
})

test.each(['req-3', 'req-1-cccccc', '01890000-0000-7000-8000-000000cccccc'])(
  '%s, without a receipt, is unknown',
  (id) => {
    expect(() => findDecision(folder(line('req-1', FIRST)), parseDecisionId(id))).toThrow(`no receipt of ${id}`)
  },
)

test.each(['', 'req', 'req-', 'req-1-', 'req-1-xyz', 'req-1-aaaaaaa', '17', '../x', 'REQ-1\n2'])(
  '%j, is an invalid id',
  (id) => {
    expect(() => parseDecisionId(id)).toThrow(/is not the id of a request/)
  },
)

test('an unfinished last line, and a file that is not a log, are read as far as possible', () => {
  const directory = folder(line('req-1', FIRST), line('req-2', SECOND).slice(0, 90))
  cpSync(join(directory, 'evidence-proxy-0.jsonl'), join(directory, 'evidence-proxy-0.jsonl.copy'))
  writeFileSync(join(directory, 'evidence-proxy-9.jsonl'), 'null\n"req-1"\n{"detail":{"action_record":"req-1"}}\n')
  expect(findDecision(directory, parseDecisionId('req-1'))).toHaveLength(1)
})

test('text from the evidence, is shown without control characters', async () => {
  const directory = folder(line('req-1', FIRST, 'https://a.example/\u001b[2J\u202e'))
  const shown = recordedLines(findDecision(directory, parseDecisionId('req-1')), await loadExplanations()).join('\n')
  expect(shown).toContain('\\x1b[2J\\u{202e}')
})

test('a missing folder, is named', () => {
  expect(() => findDecision('/nonexistent-evidence', parseDecisionId('req-1'))).toThrow('/nonexistent-evidence')
})
