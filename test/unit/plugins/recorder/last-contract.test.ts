// What the log says of the last contract, for a firewall whose contract store was emptied.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openLogDirectory} from '../../../../src/lib/log-directory.js'
import {lastContract, lastContractOf} from '../../../../src/plugins/recorder/last-contract.js'
import {CONTRACT, facts, open, T0} from './fixtures.js'

let path: string
beforeEach(() => void (path = mkdtempSync(join(tmpdir(), 'pipelock-contract-'))))
afterEach(() => rmSync(path, {recursive: true}))

function write(): void {
  const recorder = open(openLogDirectory(path), {maxEntriesPerFile: 5})
  recorder.decide(facts(0, {contract: CONTRACT}))
  recorder.decide(facts(1, {contract: {...CONTRACT, generation: 4}}))
  for (let n = 2; n < 20; n++) recorder.decide(facts(n))
  recorder.close(T0)
}

test('a log whose last receipts name no contract: the last one that does counts, through earlier files', () => {
  expect(lastContract(openLogDirectory(path), 'proxy')).toBeUndefined()
  write()
  expect(lastContract(openLogDirectory(path), 'proxy')).toEqual({
    generation: 4,
    where: expect.stringMatching(/^entry \d+ of evidence-proxy-0\.jsonl$/) as string,
  })
})

test('a generation that was edited: the receipt does not verify, and nothing is taken from it', () => {
  write()
  const file = join(path, 'evidence-proxy-0.jsonl')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"contract_generation":4', '"contract_generation":9'))
  expect(lastContract(openLogDirectory(path), 'proxy')).toBeUndefined()
})

test('recovered sessions that name no contract: the newest session before them that does counts', () => {
  write()
  const directory = openLogDirectory(path)
  const recovered = open(directory, {session: 'proxy.recovered-1'})
  recovered.decide(facts(0, {contract: {...CONTRACT, generation: 7}}))
  recovered.close(T0)
  const generation = (...sessions: readonly string[]) => lastContractOf(directory, sessions)?.generation
  expect(generation('proxy.recovered-2', 'proxy.recovered-1', 'proxy')).toBe(7)
  expect(generation('proxy.recovered-2', 'proxy')).toBe(4)
  expect(generation('proxy.recovered-2')).toBeUndefined()
})
