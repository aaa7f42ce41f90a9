// Entries of `suppress` that accept nothing are told; those that may accept something are not.
import {expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import type {Suppression} from '../../../../src/core/services/suppress.js'
import {loadConfig} from '../../../../src/host/config/load.js'
import {buildGeneration} from '../../../../src/host/generation.js'
import {createPorts} from '../../../../src/host/ports.js'
import {RULES} from '../../../../src/plugins/injection/rules.js'
import {scanner} from '../redaction/rules.js'
import {CORE_RULES} from '../../../../src/core/core-rules.js'
import {createSuppressions} from '../../../../src/plugins/suppress/suppressions.js'

const ORDER = RULES.find(({name}) => !CORE_RULES.includes(name))?.name ?? ''
const entry = (rule: string, path = 'docs.test/') => ({rule, path, reason: ''})

test.each<readonly [readonly Suppression[], readonly string[]]>([
  [[entry('Slack Tokn')], ['suppress[0].rule is not a rule; did you mean "Slack Token"?']],
  [[entry('body_entrpy')], ['suppress[0].rule is not a rule; did you mean "body_entropy"?']],
  [[entry('GitLab PAT'), entry(' gitlab pat ')], ['suppress[1] accepts what an earlier entry accepts']],
  [[entry('a rule of tomorrow')], ['suppress[0].rule is not a rule; it accepts nothing']],
  [
    [
      entry('GitLab PAT'),
      entry('GitLab PAT', 'other.test/'),
      entry('Canary Token (db)'),
      entry('GitLab PAT', 'https://*.docs.test/c++/a?b/'),
      entry('GitLab PAT', 'src/c#/a=b.txt'),
    ],
    [],
  ],
  ...[
    [' docs.test/', 'it has leading or trailing white space'],
    ['https://me@docs.test/', 'a host is matched without user and password'],
    ['https://bücher.test/', 'hosts are matched in their ASCII form (xn--…)'],
    ['https://docs.test/a#b', 'the fragment of a URL is never matched'],
    ['https://docs.test/a?b=c', 'the query of a URL is never matched; end the path in front of it'],
    ['https://docs.test/a/../b', 'paths of URLs are matched without . and .. in them'],
  ].map(([path, why]) => [[entry('GitLab PAT', path)], [`suppress[0].path covers nothing: ${why}`]] as const),
])('%j', (entries, text) => {
  const idle = createSuppressions(entries).idle(scanner.ruleNames)
  expect(idle.map(({field, message}) => `${field} ${message}`)).toEqual(text)
})

test('no name that is known is taken for a mistyped one', () => {
  const names = [...RULES.map(({name}) => name), ...scanner.ruleNames]
  expect(createSuppressions(names.map((name) => entry(name))).idle(names)).toEqual([])
})

test('a path that is said to cover nothing covers no target like it', () => {
  for (const path of ['https://me@docs.test/', 'https://docs.test/a?b=c', 'https://docs.test/a/../b'])
    expect(
      createSuppressions([entry('GitLab PAT', path)]).find('GitLab PAT', parseTarget(path).target?.canonical ?? ''),
    ).toBe(undefined)
})

test('a firewall says so when it is built, and what was of no use for a month', async () => {
  const loaded = await loadConfig(undefined)
  let now = Date.parse('2030-01-01T00:00:00Z')
  const logged: unknown[] = []
  const ports = {
    ...createPorts({env: {}}),
    clock: {now: () => Number.NaN, monotonic: () => now},
    log: {
      debug() {},
      info() {},
      warn: (event: string, fields: unknown) => void logged.push([event, fields]),
      error() {},
    },
  }
  const states = new Map()
  const build = async () =>
    buildGeneration({
      loaded: {
        ...loaded,
        config: {...loaded.config, suppress: [entry('Slack Tokn'), entry('GitLab PAT'), entry(ORDER)]},
      },
      ports,
      states,
      changed: () => undefined,
      onFault: () => undefined,
      only: ['proxy', 'routes', 'suppress', 'dlp', 'injection'],
    })
  const first = await build()
  expect(first.warnings.map(({field}) => field)).toEqual(['suppress[0].rule'])
  now += 20 * 86_400_000
  expect(first.services.suppress.find('GitLab PAT', 'https://docs.test/')).toBeDefined()
  now += 10 * 86_400_000
  expect(first.services.suppress.find('GitLab PAT', 'https://other.test/')).toBeUndefined()
  const idle = 'has accepted nothing for 30 days: remove it unless it is still needed'
  expect(logged).toEqual([0, 2].map((at) => ['anomaly', {reason: `suppress[${at}] ${idle}`, score: 0}]))
  now += 25 * 86_400_000
  const second = await build()
  expect(second.warnings.filter(({message}) => message === idle).map(({field}) => field)).toEqual(['suppress[1]'])
  await first.close()
  await second.close()
})
