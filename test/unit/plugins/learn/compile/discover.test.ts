import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {discoverByAgent} from '../../../../../src/plugins/learn/compile/discover.js'
import {captureLines} from '../../../../support/captures.js'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipelock-discover-'))
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

function session(name: string, agent = 'coder'): string {
  const dir = join(root, name)
  mkdirSync(dir)
  writeFileSync(join(dir, `evidence-${name}-0.jsonl`), captureLines([{agent, session: name}]))
  return dir
}

describe('captures of an agent', () => {
  test('are found by the name of their session, another agent’s are left out', () => {
    session('coder|127.0.0.1|1')
    session('coder|127.0.0.1|2', 'stranger')
    session('coders|127.0.0.1|1')
    const {chains, skipped} = discoverByAgent(root, 'coder', 0)
    expect(chains.flat()).toEqual([join(root, 'coder|127.0.0.1|1', 'evidence-coder|127.0.0.1|1-0.jsonl')])
    expect(skipped.join()).toContain('another agent')
  })

  test('hold nobody up: a FIFO among them is refused, not waited for', () => {
    const dir = join(root, 'coder|127.0.0.1|3')
    mkdirSync(dir)
    execFileSync('mkfifo', [join(dir, 'evidence-coder|127.0.0.1|3-0.jsonl')])
    expect(() => discoverByAgent(root, 'coder', 0)).toThrow(expect.objectContaining({code: 'file_not_regular'}))
  })
})
