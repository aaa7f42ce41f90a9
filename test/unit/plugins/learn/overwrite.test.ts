// Which files the learn commands replace without being told to: those that a compile makes again, and no person's work.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {contractYaml, decodeContract, signContract} from '../../../../src/formats/documents/contract.js'
import {refuseLoss, refuseOtherDecisions} from '../../../../src/plugins/learn/overwrite.js'
import {runPin, runSplit} from '../../../../src/plugins/learn/edit/run.js'
import {hourly, type CaptureSpec} from '../../../support/captures.js'
import {compileCaptures, contractOf, HARNESS} from '../../../support/compiling.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overwrite-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const day = Array.from({length: 12}, (_, hour) =>
  [0, 1].map((i): CaptureSpec => ({
    session: `s${hour}`,
    ts: hourly(hour, i),
    url: `https://api.example.com/v1/projects/${1000 + 2 * hour + i}/issues`,
  })),
).flat()
const compiled = compileCaptures(day)
const keys = {
  publicKeyOf: () => HARNESS.signer.key.public,
  compileKey: (_: string | undefined, keyId: string) => ({keyId, key: HARNESS.signer.key}),
}

const write = (text: string, name = 'out.yaml'): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const replace =
  (path: string, over: {agent?: string; force?: boolean; contractHash?: string} = {}) =>
  () =>
    refuseLoss({path, agent: 'coder', force: false, ...over})

function ratified(state: string): string {
  const {body} = contractOf(compiled)
  const rules = (body.rules ?? []).map((rule, i) => (i === 0 ? {...rule, lifecycle_state: state} : rule))
  return contractYaml(signContract({...body, rules}, HARNESS.signer.key))
}

function edited(edit: 'pin' | 'split'): string {
  const candidate = write(compiled.contract, 'candidate.yaml')
  if (compiled.segments !== undefined) write(compiled.segments, 'candidate.segments.json')
  const rule = (contractOf(compiled).body.rules ?? []).find((each) => JSON.stringify(each).includes('collapsed'))
  const request = {candidate, rule: rule?.rule_id ?? ''}
  if (edit === 'pin') runPin({...request, segment: 'export'}, keys)
  else runSplit({...request, index: 0, 'accept-reserved': false}, keys)
  return readFileSync(candidate, 'utf8')
}

test('a file that is not there, an empty one and an unedited candidate of the agent are replaced', () => {
  expect(replace(join(folder, 'absent.yaml'))).not.toThrow()
  expect(replace(write(''))).not.toThrow()
  expect(replace(write(compiled.contract))).not.toThrow()
})

test.each(['enforce', 'expired', 'demoted'])('a contract with a rule in state %s is not replaced unasked', (state) => {
  const path = write(ratified(state))
  expect(replace(path)).toThrow(/exists and is ratified/)
  expect(replace(path, {force: true})).not.toThrow()
  const {contract_hash: contractHash} = decodeContract(readFileSync(path), 'yaml').body
  expect(replace(path, {contractHash})).not.toThrow()
})

test.each(['pin', 'split'] as const)('a candidate with a %s is not replaced unasked, --base is named', (edit) => {
  const path = write(edited(edit))
  expect(replace(path)).toThrow(/has pins or splits/)
  expect(replace(path)).toThrow(
    expect.objectContaining({code: 'file_exists', hint: expect.stringContaining('--base') as string}),
  )
  expect(replace(path, {force: true})).not.toThrow()
})

test('the candidate of another agent and a file that is no contract are not replaced unasked', () => {
  expect(replace(write(compiled.contract), {agent: 'writer'})).toThrow(/is a contract of "coder"/)
  for (const text of ['# notes\n', 'mode: strict\n', '{"a":1}', '\u0000\u0001']) {
    expect(replace(write(text))).toThrow(/is not a contract/)
    expect(replace(write(text), {force: true})).not.toThrow()
  }
})

test('saved decisions are replaced by the same ones, and by others only on request', () => {
  const path = write('r-1: reject\n', 'decisions.yaml')
  expect(() => refuseOtherDecisions(path, 'r-1: reject\n', false)).not.toThrow()
  expect(() => refuseOtherDecisions(path, 'r-1: enforce\n', false)).toThrow(/holds other decisions/)
  expect(() => refuseOtherDecisions(path, undefined, false)).toThrow(/holds other decisions/)
  expect(() => refuseOtherDecisions(path, 'r-1: enforce\n', true)).not.toThrow()
  expect(() => refuseOtherDecisions(join(folder, 'absent.yaml'), 'x', false)).not.toThrow()
})
