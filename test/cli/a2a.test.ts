// a2a cards and reset as an operator meets them: exit statuses, JSON, control characters of a hostile card. Runs the build.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {cardFolder, openBaselines} from '../../src/plugins/a2a/baselines.js'
import {runCommand} from '../support/warm-cli.js'

const URL_OF_CARD = 'https://agent.example/.well-known/agent-card.json'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'a2a-cli-'))
})
afterAll(() => rmSync(home, {recursive: true, force: true}))

function pipelock(...words: readonly string[]) {
  const {status, stdout, stderr} = runCommand(['a2a', ...words], {
    cwd: home,
    env: {PATH: process.env['PATH'] ?? '', HOME: home, PIPELOCK_HOME: home},
  })
  return {status, out: stdout, err: stderr}
}

test('shows what changed of a card, and forgets it when it is told to', () => {
  expect(pipelock('cards')).toEqual({status: 0, out: 'no cards are known\n', err: ''})
  const change = {
    kind: 'url',
    of: '',
    change: 'changed',
    before: 'https://a.example',
    after: '\u001b[2Jhttps://b.example',
  } as const
  openBaselines(cardFolder(home)).write('agent.example', URL_OF_CARD, {
    version: 1,
    url: URL_OF_CARD,
    principal: '',
    hash: 'a',
    seenAt: '2026-01-01T00:00:00Z',
    fields: [],
    drift: {hash: 'b', seenAt: '2026-01-02T00:00:00Z', changes: [change]},
  })
  const {status, out} = pipelock('cards', '--changed')
  expect(status).toBe(0)
  expect(out).toContain(`CHANGED "${URL_OF_CARD}" since 2026-01-01T00:00:00Z`)
  expect(out).toContain('url: "https://a.example" is now "')
  expect(out).not.toContain('\u001b')
  expect(JSON.parse(pipelock('cards', '--json').out)).toMatchObject({cards: [{url: URL_OF_CARD, drift: {hash: 'b'}}]})

  const unknown = pipelock('reset', 'https://other.example/')
  expect([unknown.status, unknown.out]).toEqual([1, ''])
  expect(unknown.err).toContain('file_not_found')
  expect(pipelock('reset', URL_OF_CARD)).toMatchObject({status: 0, err: ''})
  expect(pipelock('cards', '--json').out).toContain('"cards": []')
})
