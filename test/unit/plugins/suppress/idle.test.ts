// Entries of `suppress` that accept nothing are told; those that may accept something are not.
import {expect, it} from 'vitest'
import {loadConfig} from '../../../../src/host/config/load.js'
import {buildGeneration} from '../../../../src/host/generation.js'
import {makePorts} from '../../../../src/host/ports.js'
import {RULES} from '../../../../src/plugins/injection/rules.js'
import {scanner} from '../redaction/rules.js'
import {makeSuppressions} from '../../../../src/plugins/suppress/suppressions.js'

const entry = (rule: string, path = 'docs.test/') => ({rule, path, reason: ''})

it.each([
  [[entry('Slack Tokn')], ['suppress[0].rule is no rule; did you mean "Slack Token"?']],
  [[entry('body_entrpy')], ['suppress[0].rule is no rule; did you mean "body_entropy"?']],
  [[entry('GitLab PAT'), entry(' gitlab pat ')], ['suppress[1] accepts what an earlier entry accepts']],
  [
    [entry('GitLab PAT'), entry('GitLab PAT', 'other.test/'), entry('Canary Token (db)'), entry('a rule of tomorrow')],
    [],
  ],
])('%j', (entries, said) => {
  const idle = makeSuppressions(entries).idle(scanner.ruleNames)
  expect(idle.map(({field, message}) => `${field} ${message}`)).toEqual(said)
})

it('no name of a finding is taken for a mistyped one', () => {
  const names = [...RULES.map(({name}) => name), ...scanner.ruleNames]
  expect(makeSuppressions(names.map((name) => entry(name))).idle(scanner.ruleNames)).toEqual([])
})

it('a firewall says so when it is built', async () => {
  const loaded = await loadConfig(undefined)
  const generation = await buildGeneration({
    loaded: {...loaded, config: {...loaded.config, suppress: [entry('Slack Tokn')]}},
    ports: makePorts({env: {}}),
    states: new Map(),
    changed: () => undefined,
    onFault: () => undefined,
    only: ['proxy', 'suppress', 'dlp'],
  })
  expect(generation.warnings.map(({field}) => field)).toEqual(['suppress[0].rule'])
  await generation.close()
})
