// What an operator is shown, and what nothing from traffic can do to it.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {contractYaml, signContract} from '../../../../src/formats/documents/contract.js'
import {percent, spanHost, spanText} from '../../../../src/plugins/learn/view/code-span.js'
import {blockedOnlyRules, defaultDecision} from '../../../../src/plugins/learn/view/decisions.js'
import {viewsOf} from '../../../../src/plugins/learn/view/rule-view.js'
import {questionGroups} from '../../../../src/plugins/learn/ratify/questions.js'
import {rulePage} from '../../../../src/plugins/learn/ratify/wording.js'
import {runReview, type ReviewRequest} from '../../../../src/plugins/learn/review/run.js'
import {hourly, type CaptureSpec} from '../../../support/captures.js'
import {compileCaptures, contractOf, HARNESS, type CompileSpec} from '../../../support/compiling.js'

const root = mkdtempSync(join(tmpdir(), 'review-'))
afterAll(() => rmSync(root, {recursive: true}))

const days = (...specs: readonly CaptureSpec[]) =>
  Array.from({length: 6}, (_, hour) =>
    specs.flatMap((spec) => Array.from({length: 4}, (_, i) => ({session: `s${hour}`, ts: hourly(hour, i), ...spec}))),
  ).flat()

const review = (specs: readonly CaptureSpec[], over: Partial<ReviewRequest> = {}, options: CompileSpec = {}) => {
  const candidate = join(root, 'candidate.yaml')
  writeFileSync(candidate, compileCaptures(specs, options).contract)
  return runReview({
    candidate,
    layout: 'operator',
    out: undefined,
    redact: false,
    salt: undefined,
    keyOf: () => undefined,
    ...over,
  })
}

describe('verdict', () => {
  test('ready when everything that was seen would be allowed', () => {
    const count = days({url: 'https://a.example/x'}, {url: 'https://a.example', method: 'CONNECT'})
    const {text} = review(count, {keyOf: () => HARNESS.signer.key.public})
    expect(text).toMatch(/^# Review: ready\n/)
    expect(text).toContain('## Would be blocked\n\n- nothing that was observed\n')
    expect(text).toContain('- A tunnel is limited by neither path nor method.')
  })

  test('never ready while nobody knows who signed it, in either layout', () => {
    const count = days({url: 'https://a.example/x'}, {url: 'https://a.example', method: 'CONNECT'})
    expect(review(count).text).toMatch(/^# Review: needs attention\n\n- its signature is not verified/)
    const verdict = (over: Partial<ReviewRequest>) =>
      /<h1>(.*?)<\/h1>/.exec(review(count, {layout: 'html', ...over}).text)?.[1]
    expect(verdict({})).toBe('Needs attention')
    expect(verdict({keyOf: () => HARNESS.signer.key.public})).toBe('Ready')
  })

  test('needs attention when some of it would not', () => {
    const specs = [
      ...days({url: 'https://a.example/x'}),
      {url: 'https://rare.example/y', ts: hourly(0), session: 's0'},
      ...Array.from({length: 3}, (_, i) => ({url: 'https://a.example/often', ts: hourly(0, i), session: 's0'})),
    ]
    const {text} = review(specs)
    expect(text).toMatch(/^# Review: needs attention\n/)
    const far = 'seen in too few sessions (1 of 5 sessions, 1 of 3 hours: 4 more'
    expect(text).toContain(`## Would be blocked\n\n- \`GET a.example/often\`: 3 events, ${far}`)
    expect(text).toContain('- 1 request made once or twice: `rare.example`\n')
    expect(text).toContain('- CONNECT, since no tunnel was observed: `a.example`; `rare.example`\n')
    expect(review(specs, {all: true}).text).toContain(`- \`GET rare.example/y\`: ${far}`)
  })

  test('not promotable without rules, without a sure rule, or with a blocking tail', () => {
    expect(review([]).text).toMatch(/^# Review: not promotable\n\n- it has no rules/)
    expect(review([{}]).text).toMatch(/^# Review: not promotable\n\n- no rule would be enforced/)
    const rare = Array.from({length: 5}, (_, i) => ({url: `https://a.example/r${i}`, session: `s${i}`, ts: hourly(i)}))
    const tail = review(
      [...days({url: 'https://a.example/x'}), ...rare],
      {},
      {normalization: {cardinality_cap_per_host: 1}},
    )
    expect(tail.text).toMatch(/^# Review: not promotable\n\n- 1 host with a tail/)
  })
})

describe('parameters', () => {
  const url = 'https://a.example/x'
  const specs = Array.from({length: 40}, (_, n) => ({
    url: n < 3 ? `${url}?q=1&debug=1` : `${url}?q=1`,
    session: `s${n}`,
    ts: hourly(n),
  }))

  test('with lock the review asks about sessions whose parameters would be refused', () => {
    const {text} = review(specs, {}, {profile: 'wilson_lb_v3', parameters: 'lock'})
    expect(text).toMatch(
      /## Questions\n\n- `GET a\.example\/x`: 3 of 40 sessions sent a parameter that would be refused\. Does the agent need it\? r-[0-9a-f]{20}\n/,
    )
  })

  test('otherwise it does not', () => {
    expect(review(specs, {}, {profile: 'wilson_lb_v3'}).text).not.toContain('parameter')
  })

  const LOCK = {profile: 'wilson_lb_v3', parameters: 'lock'} as const

  test('the page lists the names that a rule admits, without personal ones where it is shared', () => {
    const mail = specs.map((spec) => ({...spec, url: `${url}?q=1&ann%40example.com=1`}))
    const page = (over: Partial<ReviewRequest> = {}) =>
      review(mail, {layout: 'html', ...over}, LOCK)
        .text.replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
    expect(page()).toContain('Query parameters only the query parameters ann@example.com, q ')
    expect(page({redact: true})).toMatch(/Query parameters only the query parameters [^@]+, q /)
  })

  test.each([
    ['?q=1&page=2', 'only GET, exactly this path, only the query parameters page, q'],
    ['?q=1', 'only GET, exactly this path, only the query parameter q'],
    ['', 'only GET, exactly this path, no query parameters'],
  ])('a question of ratify says which names a rule admits: %s', (query, expected) => {
    const {body} = contractOf(compileCaptures(days({url: `${url}${query}`}), LOCK))
    const options = {level: 'method', acceptLowConfidence: false, minEvents: 0, everyRule: false} as const
    const groups = questionGroups(viewsOf(body), {...options, forgotten: new Set()})
    const [question] = groups.flatMap(({questions}) => questions)
    if (!question) throw new Error('no question')
    const page = rulePage({columns: 400, colour: false}, question, {number: 1, total: 1}, {summary: ''}, undefined)
    expect(page).toContain(`${expected}\n`)
  })
})

describe('summary', () => {
  const text = (...specs: readonly CaptureSpec[]) => review(specs).text

  test('one row for a request pattern, however many levels and captures it has', () => {
    const rows = text(...days({url: 'https://a.example/x'}, {url: 'https://b.example/y', method: 'POST'}))
    expect(rows.match(/^\| `(?:GET|POST) /gm)).toHaveLength(2)
    expect(rows).toContain('## Enforced: 2 of 2 request patterns\n')
  })

  test('a whole host that somebody enforced has a row and a question, though its requests have rows', () => {
    const {body} = contractOf(compileCaptures(days({url: 'https://a.example/x'})))
    const rules = (body.rules ?? []).map((rule) =>
      rule.selector?.['paths'] === undefined ? {...rule, lifecycle_state: 'enforce'} : rule,
    )
    const candidate = join(root, 'wide.yaml')
    writeFileSync(candidate, contractYaml(signContract({...body, rules}, HARNESS.signer.key)))
    const {text: wide} = review([], {candidate})
    expect(wide).toContain('## Enforced: 2 of 2 request patterns\n')
    expect(wide).toMatch(/^\| `a\.example` \| .* host-wide/m)
    expect(wide).toContain('- Every path and method of a host is allowed.')
  })

  test('a wildcard in the first segment is a question, one behind a word is none', () => {
    const ids = (prefix: string) =>
      Array.from({length: 6}, (_, hour) =>
        Array.from({length: 4}, (_, i) => ({
          url: `https://a.example${prefix}/n${hour * 4 + i}`,
          session: `s${hour}`,
          ts: hourly(hour, i),
        })),
      ).flat()
    expect(text(...ids(''))).toContain('- The first segment may be any word')
    expect(text(...ids('/items'))).not.toContain('The first segment may be anything')
  })

  test.each([
    ['/reports/2026-05/summary', true],
    ['/archive/2026/index', true],
    ['/weeks/2026-W07', true],
    ['/days/2026-05-04', true],
    ['/v2/items/20265', false],
    ['/rooms/1204', false],
  ])('a date in a path is a question, other numbers are none: %s', (path, isDate) => {
    const asked = text(...days({url: `https://a.example${path}`})).includes('- A date in a path is a word')
    expect(asked).toBe(isDate)
  })

  test('a path that names accounts is a question', () => {
    expect(text(...days({url: 'https://a.example/login'}))).toMatch(
      /^- The path names accounts.* `GET a\.example\/login`, r-/m,
    )
  })

  test('a thousand one-offs are one line, and a hundred requests that lack evidence twelve', () => {
    const once = Array.from({length: 1000}, (_, i) => ({
      url: `https://h${i}.example/`,
      ts: hourly(i % 6),
      session: `s${i % 6}`,
    }))
    const thrice = Array.from({length: 300}, (_, i) => ({
      url: `https://c.example/q${i % 100}q/z${i % 100}`,
      ts: hourly(0, i),
      session: 's0',
    }))
    const lines = text(...days({url: 'https://a.example/x'}), ...once, ...thrice).split('\n')
    expect(lines).toContainEqual(
      expect.stringMatching(/^- 1000 requests made once or twice: `h0\.example`; .*; and 997 more$/),
    )
    expect(lines).toContain('- 88 more that were made more than twice')
    expect(lines.length).toBeLessThan(60)
  })
})

test('no byte of traffic leaves its code span', () => {
  const hostile = ['/a|b', '/a`b', '/<img src=x>', '/a%0ab', '/%e2%80%aeb', '/]( javascript:x)', '/**b**/_c_', '/&lt;']
  const specs = days(...hostile.map((path) => ({url: `https://a.example${encodeURI(path)}`})))
  const {text} = review(specs, {all: true})
  for (const line of text.split('\n')) {
    const outside = line.replaceAll(/`[^`]*`/g, '')
    expect(outside).not.toMatch(/[`<>[\]\\&]|[^\n -~→]/)
    for (const [, inside = ''] of line.matchAll(/`([^`]*)`/g)) expect(inside).toMatch(/^[A-Za-z0-9._~/*%:,\- ]*$/)
  }
  expect(text).toContain('`/a%7Cb`')
})

test.each(['operator', 'compat'] as const)(
  'no text of a candidate that somebody else wrote stands bare: %s',
  (layout) => {
    const forged =
      'r-`) @octocat [ok](https://evil.example) www.evil.example\n\n# Review: ready\n\n| a |\n\u001b[2J\u202e'
    const specs = [
      ...days({url: 'https://a.example/x'}),
      ...Array.from({length: 6}, (_, i) => days({url: `https://a.example/y/${i}a`, ts: hourly(i % 3, i)})).flat(),
      {url: 'https://rare.example/y', ts: hourly(0), session: 's0'},
    ]
    const {body} = contractOf(compileCaptures(specs))
    const rules = (body.rules ?? []).map((rule, i) => ({
      ...rule,
      rule_id: `${forged}${i}`,
      confidence: i % 2 === 0 ? 'never_confirmed' : forged,
      wilson_lower: forged,
    }))
    const candidate = join(root, 'forged.yaml')
    const confidence = {...body.defaults.confidence, contamination_bound: forged}
    const selector = {...body.selector, agent: forged}
    const hostile = {...body, rules, selector, defaults: {...body.defaults, confidence}}
    writeFileSync(candidate, contractYaml(signContract(hostile, HARNESS.signer.key)))
    const {text} = review(specs, {candidate, layout, all: true})
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(text.match(/^# /gm)).toHaveLength(1)
    for (const line of text.split('\n')) {
      const outside = line.replace(/`[^`]*`/g, '')
      expect(outside).not.toMatch(/[`@\]]|www\.|https:/)
    }
  },
)

describe('merged segments', () => {
  const specs = Array.from({length: 6}, (_, hour) =>
    Array.from({length: 4}, (_, i) => ({
      url: `https://a.example/items/n${hour * 4 + i}`,
      session: `s${hour}`,
      ts: hourly(hour, i),
    })),
  ).flat()

  test('come with the commands that split them or keep a segment apart', () => {
    const {text} = review(specs, {all: true})
    const [, rule = ''] = /^- (r-[0-9a-f]{20}) position 2 of `\/items\/\*`: 24 values in 24 events$/m.exec(text) ?? []
    const file = join(root, 'candidate.yaml')
    expect(text).toContain(
      [
        '~~~sh',
        `pipelock learn split --candidate ${file} --rule ${rule} --index 2`,
        `pipelock learn pin --candidate ${file} --rule ${rule} --segment SEGMENT`,
        '~~~\n',
      ].join('\n'),
    )
  })

  test('a shared review names the file without its folder', () => {
    const {text} = review(specs, {redact: true, all: true})
    expect(text).toContain('pipelock learn split --candidate candidate.yaml --rule r-')
    expect(text).not.toContain(root)
  })
})

test('the compatible layout of a candidate alone', () => {
  const {text} = review(days({url: 'https://a.example/x'}), {layout: 'compat'})
  expect(text).toContain('- Usable sessions: 6 of 6\n')
  expect(text).toContain('- Unclassified action_class events 0.00% (0/0)\n')
  expect(text).toMatch(/## Blocked Traffic\n\n- none\n$/)
})

test('redaction: salted digests with a salt, a word without', () => {
  const specs = days({url: 'https://build.corp/secret-project'}, {url: 'https://a.example/x'})
  const salted = review(specs, {redact: true, salt: Buffer.from('test-salt')}).text
  expect(salted).not.toMatch(/build\.corp|secret-project/)
  expect(salted).toMatch(/`hmac:[0-9a-f]{16}`/)
  expect(salted).toContain('a.example')
  const bare = review(specs, {redact: true}).text
  expect(bare).not.toMatch(/build\.corp|secret-project/)
  expect(bare).toContain('`[internal]`')
  expect(review(specs).text).toContain('build.corp')
})

test('a candidate must be what it says; the signature is checked when the key is known', () => {
  const specs = days({url: 'https://a.example/x'})
  expect(review(specs).signature).toBe('unverified')
  expect(
    review(specs, {keyOf: (id) => (id === HARNESS.signer.keyId ? HARNESS.signer.key.public : undefined)}).signature,
  ).toBe('verified')
  const path = join(root, 'edited.yaml')
  writeFileSync(path, compileCaptures(specs).contract.replace('a_example_x_GET\n', 'a_example_y_GET\n'))
  const code = (candidate: string) => {
    try {
      review(specs, {candidate})
      return 'no error'
    } catch (error) {
      return error instanceof PipelockError ? error.code : String(error)
    }
  }
  expect(code(path)).toBe('hash_mismatch')
  expect(code(join(root, 'absent.yaml'))).toBe('file_not_found')
})

test('a review goes to a file whole', () => {
  const out = join(root, 'sub', 'review.md')
  const {text} = review(days({url: 'https://a.example/x'}), {out})
  expect(readFileSync(out, 'utf8')).toBe(text)
})

describe('default decisions', () => {
  const decide = (
    specs: readonly CaptureSpec[],
    level: 'method' | 'host',
    options: CompileSpec = {},
    acceptLowConfidence = false,
  ) => {
    const {body} = contractOf(compileCaptures(specs, options))
    const rules = viewsOf(body)
    const blockedOnly = blockedOnlyRules(rules)
    return (body.rules ?? []).flatMap(({display_name}, i) => {
      const rule = rules[i]
      return rule && defaultDecision(rule, blockedOnly, {level, acceptLowConfidence}).decision === 'enforce'
        ? [display_name]
        : []
    })
  }
  const specs = days(
    {url: 'https://a.example/x'},
    {url: 'https://a.example', method: 'CONNECT'},
    {tool: {server: 'files', name: 'read'}},
  )

  test('the narrowest rules with enough evidence', () => {
    expect(decide(specs, 'method')).toEqual(['a_example_CONNECT', 'a_example_x_GET', 'files_read'])
    expect(decide(specs, 'host')).toEqual(['a_example', 'a_example_CONNECT', 'files_read'])
    expect(decide([{url: 'https://rare.example/x'}], 'method')).toEqual([])
    expect(decide([{url: 'https://rare.example/x'}], 'method', {}, true)).toEqual(['rare_example_x_GET'])
  })

  test('what v1 learnt from blocked events alone is never enforced', () => {
    const one: CompileSpec = {profile: 'wilson_lb_v1', floors: {min_sessions: 1, min_events: 1, min_windows: 1}}
    const blocked = days({url: 'https://evil.example/x', action: 'block'})
    expect(decide(blocked, 'method', one)).toEqual([])
    expect(decide(blocked, 'host', one)).toEqual([])
    expect(decide([...blocked, ...days({url: 'https://evil.example/x'})], 'method', one)).toEqual([
      'evil_example_x_GET',
    ])
  })

  test.each(['wilson_lb_v2', 'wilson_lb_v3'] as const)('%s: a blocked request beside allowed ones', (profile) => {
    const [first] = days({url: 'https://a.example/x'})
    const blocked = {...first, url: 'https://a.example/x', action: 'block'}
    expect(decide([...days({url: 'https://a.example/x'}), blocked], 'method', {profile})).toEqual(['a_example_x_GET'])
  })
})

test('code spans and percentages', () => {
  expect(spanText('/a b|c`é')).toBe('/a%20b%7Cc%60%C3%A9')
  expect(spanHost('::1', 8443)).toBe('[::1]:8443')
  expect([percent(0, 0), percent(1, 3), percent(2, 3), percent(1, 1), percent(1, 20_000), percent(3, 20_000)]).toEqual([
    '0.00',
    '33.33',
    '66.67',
    '100.00',
    '0.00',
    '0.02',
  ])
})
