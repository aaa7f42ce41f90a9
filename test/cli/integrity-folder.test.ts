// integrity init, check and update as an operator meets them: exit statuses, JSON, signatures. Runs the build.
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {runCommand} from '../support/warm-cli.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'integrity-'))
  mkdirSync(join(folder, 'w'))
  writeFileSync(join(folder, 'w/a'), 'a')
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

function pipelock(...words: readonly string[]) {
  const {status, stdout, stderr} = runCommand(words, {
    cwd: join(folder, 'w'),
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home')},
  })
  return {status, out: stdout, err: stderr}
}
const json = (text: string): unknown => JSON.parse(text)

test('goes from a first manifest to a violation, an update and a signature that is believed', () => {
  const sig = join(folder, 'w/.integrity-manifest.json.sig')
  expect(pipelock('integrity', 'check')).toMatchObject({status: 1, out: ''})
  expect(pipelock('integrity', 'init', '--exclude', '*.log')).toMatchObject({status: 0, err: ''})
  expect(pipelock('integrity', 'init').err).toContain('file_exists')
  expect(pipelock('integrity', 'init', '--exclude', '**', '--manifest', '../m').status).toBe(2)

  const clean = pipelock('integrity', 'check', '--json')
  expect([clean.status, json(clean.out)]).toEqual([0, {ok: true, violations: []}])
  expect(clean.err).toContain('UNVERIFIED: the manifest is not signed')

  writeFileSync(join(folder, 'w/\u202ename'), 'x')
  const dirty = pipelock('integrity', 'check', '--json')
  expect([dirty.status, json(dirty.out)]).toMatchObject([
    1,
    {ok: false, violations: [{path: '\u202ename', type: 'added', expected: null}]},
  ])
  const text = pipelock('integrity', 'check')
  expect([text.status, text.out.includes('\u202e')]).toEqual([1, false])
  expect(text.out).toMatch(/^VIOLATED: 1 file in .*, 1 violation\n {2}added "/)

  expect(pipelock('keygen', 'operator').status).toBe(0)
  const signing = ['--sign', '--agent', 'operator', '--json']
  expect(pipelock('integrity', 'update', ...signing).err).toContain('has no signature')
  unlinkSync(join(folder, 'w/.integrity-manifest.json'))
  expect(pipelock('integrity', 'init', '--exclude', '*.log', ...signing).status).toBe(0)
  unlinkSync(join(folder, 'w/\u202ename'))
  const signed = pipelock('integrity', 'update', ...signing)
  expect([signed.status, signed.err]).toEqual([0, ''])
  expect(json(signed.out)).toMatchObject({agent: 'operator', signature: sig, changes: [{type: 'removed'}]})
  expect(existsSync(sig)).toBe(true)
  expect(pipelock('verify', '.integrity-manifest.json', '--agent', 'operator').status).toBe(0)
  expect(pipelock('integrity', 'check', '--verify', '--agent', 'operator')).toMatchObject({status: 0, err: ''})
  expect(pipelock('integrity', 'update').status).toBe(2)

  // somebody adds a pattern that would hide what he does
  const path = join(folder, 'w/.integrity-manifest.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"*.log"', '"*.log",\n    "evil*"'))
  writeFileSync(join(folder, 'w/evil'), 'x')
  expect(pipelock('integrity', 'check').status).toBe(0)
  for (const command of [
    ['check', '--verify'],
    ['update', '--sign'],
  ]) {
    const refused = pipelock('integrity', ...command, '--agent', 'operator', '--json')
    expect([refused.status, json(refused.out)]).toMatchObject([1, {error: 'signature_invalid'}])
  }
  unlinkSync(sig)
  expect(pipelock('integrity', 'check', '--verify', '--agent', 'operator').err).toContain('file_not_found')
  expect(pipelock('integrity', 'check', '--verify').status).toBe(2)
  expect(pipelock('integrity', 'check', 'nowhere').status).toBe(1)
})
