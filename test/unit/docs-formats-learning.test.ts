// The examples of docs/formats on learning and enforcement. Each is byte for byte what the product makes, and is verified or
// computed a second time by what the page says: a page that leaves something out, or an example that is not genuine, fails.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {exemplarId} from '../../src/core/contract/deltas.js'
import {decodeManifest} from '../../src/formats/documents/active-manifest.js'
import {decodeCompileManifest, verifyCompileManifest} from '../../src/formats/documents/compile-manifest.js'
import {decodeContract} from '../../src/formats/documents/contract.js'
import {decodeRecovery, verifyRecovery} from '../../src/formats/documents/recovery.js'
import {loadRoster} from '../../src/formats/documents/roster.js'
import {decodeTransition, verifyTransition} from '../../src/formats/documents/transition.js'
import {matchesPattern, parsePattern, RESERVED_SEGMENTS, requestPath, SetApart} from '../../src/formats/path-pattern.js'
import {linesOf, verifyLines} from '../../src/plugins/receipts/verify/offline-verifier.js'
import {ContractStore} from '../../src/plugins/contract/store.js'
import {fingerprint} from '../../src/lib/ed25519.js'
import {compileChains, memoryChain} from '../support/compiling.js'
import {captureExample, contractExample, exampleKey} from '../support/format-examples.js'
import {
  boundLines,
  decide,
  decisionLines,
  entropyLines,
  eventLines,
  matchLines,
  mergeLines,
  pathLines,
  ruleLines,
  ruleSetLines,
} from '../support/learning-examples.js'
import {block, formJ, isSigned, page, sha256, verifyLog, type Json, type Members} from '../support/format-pages.js'
import {
  admitLines,
  formLines,
  positionLines,
  supportLines,
  typedEventLines,
  typedRuleLines,
} from '../support/typed-examples.js'
import {secondDecide} from '../support/second-evaluation.js'
import {SecondForms} from '../support/second-forms.js'
import {secondEntropy, secondLower, secondMerge} from '../support/second-learning.js'
import {pathTables, secondMatcher, secondPath} from '../support/second-paths.js'
import {secondEvents, secondRuleLine, secondRules, secondSupport} from '../support/second-typed-learning.js'

const rowsOf = <T>(name: string, language: string): readonly T[] =>
  block(page(name), language)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
const hashOf = (value: Json): string => `sha256:${sha256(formJ(value)).toString('hex')}`
const without = (members: Members, name: string): Members =>
  Object.fromEntries(Object.entries(members).filter(([each]) => each !== name))
/** One character changed, at its first place. */
const changed = (text: string, before: string, after: string): string => {
  expect(text).toContain(before)
  return text.replace(before, after)
}

const contracts = contractExample()
const events = eventLines()
const EXAMPLES: Readonly<Record<string, string>> = {
  'captures jsonl': captureExample().text,
  'contracts roster': contracts.roster,
  'contracts yaml': contracts.contract,
  'contracts compile': contracts.compileManifest,
  'contracts manifest': contracts.manifest,
  'contracts tombstone': contracts.tombstone,
  'contracts transition': contracts.transition,
  'contracts recovery': contracts.recovery,
  'paths paths': pathLines(),
  'paths matches': matchLines(),
  'evaluation rules': ruleSetLines(),
  'evaluation decisions': decisionLines(),
  'inference bounds': boundLines(),
  'inference entropy': entropyLines(),
  'inference merges': mergeLines(),
  'inference events': events,
  'inference v2': ruleLines(events, 'wilson_lb_v2'),
  'inference v1': ruleLines(events, 'wilson_lb_v1')
    .split('\n')
    .filter((line) => !line.includes('/item-'))
    .join('\n'),
  'segment-forms forms': formLines(),
  'segment-forms admits': admitLines(),
  'typed-inference supports': supportLines(),
  'typed-inference positions': positionLines(),
  'typed-inference events': typedEventLines(),
  'typed-inference v3': typedRuleLines(typedEventLines()),
}

test.each(Object.entries(EXAMPLES))('the example %s: it is what the product makes, byte for byte', (name, text) => {
  const [file = '', language = ''] = name.split(' ')
  expect(block(page(file), language)).toBe(text)
})

describe('captures', () => {
  const text = block(page('captures'), 'jsonl')
  const key = block(page('captures'), 'key').trim()

  test('the example verifies as the pages say, and no longer after one change', () => {
    const lines = text.trimEnd().split('\n')
    expect(verifyLog(lines, key)).toBe(true)
    expect(verifyLog(changed(text, '"blocked"', '"clean"').trimEnd().split('\n'), key)).toBe(false)
    const {session, file} = captureExample()
    expect(page('captures')).toContain(file)
    expect(lines.every((line) => line.includes(`"session_id":"${session}"`))).toBe(true)
  })

  test('the example verifies with the product, and compiles to the events that it shows', async () => {
    const lines = linesOf('evidence-x-0.jsonl', Buffer.from(text))
    const result = await verifyLines({lines, isRecorder: true, keys: [key]})
    expect(result).toMatchObject({ok: true, entries: 4, signatures: {checkpoints: 1}, failures: []})

    const compiled = compileChains([memoryChain(text)])
    expect(compiled.ingested.aggregate).toMatchObject({events: 3, malformed: 0, foreign: 0})
    expect(compiled.inferred.rules.map((rule) => rule.key)).toContain(
      'host=registry.example.net;port=8443;method=CONNECT',
    )
    expect(() => compileChains([memoryChain(changed(text, 'page=2', 'page=3'))])).toThrow(/hash/)
  })
})

describe('contracts', () => {
  const markdown = page('contracts')
  const keyOf = (name: string): string =>
    new RegExp(`^\\| \`${name}\` \\| \`([0-9a-f]{64})\``, 'm').exec(markdown)?.[1] ?? ''
  const json = (language: string) => JSON.parse(block(markdown, language)) as {body: Members; signature: string}
  const isSignedBy = (name: string, body: Members, signature: unknown): boolean =>
    isSigned(keyOf(name), Buffer.from(formJ(body)), String(signature))
  const pin = fingerprint(exampleKey('root').public.raw)
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'format-contracts-'))
  })
  afterEach(() => rmSync(folder, {recursive: true}))

  test('keys: each has the seed that the page states', () => {
    for (const name of ['root', 'compile', 'operator', 'receipts', 'successor', 'recovery']) {
      expect(keyOf(name)).toBe(exampleKey(name).public.hex)
    }
  })

  test('every document: hashes and signatures are those of the page, and a changed body no longer verifies', () => {
    const roster = json('roster')
    expect(isSignedBy('root', roster.body, roster.signature)).toBe(true)
    expect(markdown).toContain(`\`${hashOf(roster.body)}\``)
    expect(markdown).toContain(`\`sha256:${sha256(Buffer.from(keyOf('root'), 'hex')).toString('hex')}\``)

    const {body, signature} = parse(block(markdown, 'yaml')) as {body: Members; signature: string}
    expect(hashOf({...body, contract_hash: ''})).toBe(body['contract_hash'])
    expect(isSignedBy('compile', body, signature)).toBe(true)
    expect(isSignedBy('compile', {...body, signer_key_id: 'other'}, signature)).toBe(false)
    expect(body['selector']).toEqual({
      agent: 'coder',
      selector_id: `sha256:${sha256('agent=coder').toString('hex')}`,
    })

    const compile = json('compile')
    expect(isSignedBy('compile', compile.body, compile.signature)).toBe(true)
    expect(compile.body['contract_hash']).toBe(body['contract_hash'])
    expect(hashOf(compile.body['module_digests'] ?? null)).toBe(compile.body['module_digest_root'])

    const manifest = JSON.parse(block(markdown, 'manifest')) as {body: Members; signatures: {signature: string}[]}
    expect(isSignedBy('operator', manifest.body, manifest.signatures[0]?.signature)).toBe(true)
    expect(markdown).toContain(`\`${hashOf(manifest.body)}\``)
    const [selector = {}] = manifest.body['selectors'] as readonly Members[]
    expect(hashOf(without(selector, 'selector_id'))).toBe(selector['selector_id'])
    expect(hashOf([selector['selector_id'] ?? ''])).toBe(manifest.body['selector_set_hash'])

    const tombstone = json('tombstone')
    expect(isSignedBy('operator', tombstone.body, tombstone.signature)).toBe(true)
    expect(tombstone.body['prior_contract_hash']).toBe(body['contract_hash'])
    expect(markdown).toContain(`\`${hashOf(tombstone)}\``)

    const transition = JSON.parse(block(markdown, 'transition')) as Readonly<Record<string, string>> & {body: Members}
    expect(isSignedBy('root', transition.body, transition['old_signature'])).toBe(true)
    expect(isSignedBy('successor', transition.body, transition['new_signature'])).toBe(true)
    const recovery = json('recovery')
    expect(isSignedBy('recovery', recovery.body, recovery.signature)).toBe(true)
    expect(isSignedBy('recovery', {...recovery.body, issued_at: '2026-03-05T09:59:59Z'}, recovery.signature)).toBe(
      false,
    )
  })

  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), {recursive: true})
    writeFileSync(join(folder, path), text)
  }
  const store = (roster = block(markdown, 'roster')) =>
    new ContractStore({
      directory: folder,
      roster: () => loadRoster(Buffer.from(roster), 'json', pin),
      environment: {id: 'production', tenant: 'acme', deployment_id: 'eu-1'},
      minimumSignatures: 1,
      clock: {now: () => Date.UTC(2026, 2, 3, 9), monotonic: () => 0},
    })

  test('the store of the page: the firewall adopts it, and refuses a changed contract and a tombstone', () => {
    const {body} = decodeContract(Buffer.from(block(markdown, 'yaml')), 'yaml')
    const name = body.contract_hash.replace(':', '-')
    put('active.json', block(markdown, 'manifest'))
    put(`history/${name}.yaml`, block(markdown, 'yaml'))
    expect(store().readActive()?.bindings).toEqual([{agent: 'coder', contractHash: body.contract_hash}])

    expect(() => store(changed(block(markdown, 'roster'), '"anna"', '"bert"'))).toThrow(/signature does not verify/)
    put(`history/${name}.yaml`, changed(block(markdown, 'yaml'), '- GET', '- PUT'))
    expect(() => store().readActive()).toThrow(/contract_hash is not the hash/)
    put(`history/${name}.yaml`, block(markdown, 'yaml'))
    put(`tombstones/${name}.json`, block(markdown, 'tombstone'))
    expect(() => store().readActive()).toThrow(/authorization "01943a60-5c00-7000-8000-00000000000a"/)
  })

  test('compile manifest, transition and authorization of the page: the product verifies them', () => {
    const compile = decodeCompileManifest(Buffer.from(block(markdown, 'compile')), 'json')
    expect(verifyCompileManifest(compile, exampleKey('compile').public)).toBe('rfc8785')
    verifyTransition(decodeTransition(Buffer.from(block(markdown, 'transition')), 'json'), {
      oldKey: exampleKey('root').public,
      newKey: exampleKey('successor').public,
      pinnedFingerprint: pin,
      nowMs: Date.UTC(2026, 3, 2),
      allowEarly: false,
    })
    const recovery = decodeRecovery(Buffer.from(block(markdown, 'recovery')), 'json')
    const check = {
      key: exampleKey('recovery').public,
      pinnedFingerprint: fingerprint(exampleKey('recovery').public.raw),
      targetRosterHash: recovery.body.target_roster_hash,
    }
    expect(verifyRecovery(recovery, {...check, nowMs: Date.UTC(2026, 2, 5, 10, 15)})).toBe('rfc8785')
    expect(() => verifyRecovery(recovery, {...check, nowMs: Date.UTC(2026, 2, 5, 10, 31)})).toThrow(/valid until/)
  })

  test('tables: they name the members of contract, rule, manifest and key in the order of the schema', () => {
    const namesOf = (heading: string, after = ''): readonly string[] => {
      const [, section = ''] = markdown.split(`\n${heading}\n`)
      const [, table = ''] = section.split(`${after}\n\n| Member |`)
      const rows = table.split('\n\n')[0]?.matchAll(/^\| (`.*?) \|/gm) ?? []
      return [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name))
    }
    const isNamed = (value: object, names: readonly string[]): void => {
      const keys = Object.keys(value)
      expect(names.filter((name) => keys.includes(name))).toEqual(keys)
    }
    const {body} = decodeContract(Buffer.from(block(markdown, 'yaml')), 'yaml')
    isNamed(body, namesOf('## Contract'))
    isNamed(body.rules?.[0] ?? {}, namesOf('## Contract', 'A rule:'))
    isNamed(decodeManifest(Buffer.from(block(markdown, 'manifest'))).body, namesOf('## Active manifest'))
    isNamed((json('roster').body['keys'] as readonly object[])[0] ?? {}, namesOf('## Roster'))
  })
})

describe('paths', () => {
  const tables = pathTables(page('paths'), block)
  const matches = secondMatcher(tables)
  const productMatches = (pattern: string, segments: readonly string[], pinned: readonly string[]): boolean =>
    matchesPattern(parsePattern(pattern) ?? [], segments, new SetApart(pinned))

  test('reserved segments: the page lists all', () => {
    expect(tables.reserved).toEqual(RESERVED_SEGMENTS)
  })

  test('the examples: written from the page alone, paths and matches are the same', () => {
    for (const {raw, path, fault} of rowsOf<Readonly<Record<string, string>>>('paths', 'paths')) {
      const second = secondPath(raw ?? '')
      expect(typeof second === 'string' ? second : `/${second.join('/')}`).toBe(fault ?? path)
    }
    for (const row of rowsOf<{pattern: string; raw: string; pinned?: string[]; match: boolean}>('paths', 'matches')) {
      const segments = secondPath(row.raw)
      expect(typeof segments !== 'string' && matches(row.pattern, segments, row.pinned ?? []), row.raw).toBe(row.match)
    }
  })

  /** Letters, marks and signs of living scripts, small capitals, and the blocks that hold look-alikes and invisible characters. */
  const CHARACTERS = [
    [0x80, 0x2100],
    [0x2160, 0x2190],
    [0x2c80, 0x2d00],
    [0xa4d0, 0xa800],
    [0xab30, 0xab70],
    [0xfe00, 0x10000],
    [0x1d400, 0x1d480],
    [0x1f130, 0x1f200],
    [0xe0000, 0xe0080],
  ] as const

  test('characters: written from the page alone, a wildcard covers them exactly where the product does', () => {
    const differences: string[] = []
    const codes = CHARACTERS.flatMap(([from, to]) => Array.from({length: to - from}, (_, i) => from + i))
    for (const code of codes) {
      const character = String.fromCodePoint(code)
      for (const raw of [`/a${character}dmin`, `/${character}uth`]) {
        const product = requestPath(raw)
        const second = secondPath(raw)
        if (typeof product === 'string' || typeof second === 'string') {
          if (product !== second) differences.push(raw)
          continue
        }
        const isSame =
          product.canonical === `/${second.join('/')}` &&
          productMatches('/*', product.segments, ['a']) === matches('/*', second, ['a'])
        if (!isSame) differences.push(raw)
      }
    }
    expect(differences).toEqual([])
  })
})

describe('inference', () => {
  test('lower bounds and entropy of the page: its formulas give the same texts', () => {
    for (const {k, n, lower} of rowsOf<{k: number; n: number; lower: string}>('inference', 'bounds')) {
      expect(Math.max(0, secondLower(k, n)).toFixed(6), `${k}/${n}`).toBe(lower)
    }
    for (const {counts, entropy} of rowsOf<{counts: Record<string, number>; entropy?: string}>(
      'inference',
      'entropy',
    )) {
      expect(secondEntropy(new Map(Object.entries(counts)))?.toFixed(6)).toBe(entropy)
    }
  })

  test('the guard against minorities: written from the page alone, it decides the examples as stated', () => {
    for (const row of rowsOf<{sessions: Record<string, string[]>; entropy?: string}>('inference', 'merges')) {
      const brought = Object.values(row.sessions).map((values) => new Map(values.map((value) => [value, 1])))
      expect(secondMerge(brought, 10)?.toFixed(6)).toBe(row.entropy)
    }
  })

  test('the captures of the page: compiled, they give its rules in both profiles', () => {
    const text = block(page('inference'), 'events')
    expect(ruleLines(text, 'wilson_lb_v2')).toBe(block(page('inference'), 'v2'))
    for (const line of block(page('inference'), 'v1').trimEnd().split('\n')) {
      expect(ruleLines(text, 'wilson_lb_v1')).toContain(`${line}\n`)
    }
    const fewer = text.replaceAll(/^.* POST https:\/\/api.*\n/gm, '')
    expect(ruleLines(fewer, 'wilson_lb_v2')).not.toBe(block(page('inference'), 'v2'))
  })
})

describe('segment forms', () => {
  const forms = new SecondForms(block(page('segment-forms'), 'languages'))

  test('the values of the page: written from the page alone, they have the stated forms', () => {
    for (const {segment, form} of rowsOf<{segment: string; form: object | null}>('segment-forms', 'forms')) {
      expect(forms.formOf(segment) ?? null, segment).toEqual(form)
    }
  })

  test('the segments of the page: written from the page alone, forms admit them as stated', () => {
    const rows = rowsOf<{form: object; segment: string; above?: string[]; admits: boolean}>('segment-forms', 'admits')
    for (const row of rows) {
      const form = forms.parse(row.form)
      expect(form !== undefined && forms.admits(form, row.segment, row.above), JSON.stringify(row)).toBe(row.admits)
    }
  })
})

describe('typed inference', () => {
  const tools = {
    forms: new SecondForms(block(page('segment-forms'), 'languages')),
    matches: secondMatcher(pathTables(page('paths'), block)),
  }

  test('sets of sessions of the page: written from the page alone, bounds and classes are those stated', () => {
    for (const {k, n, ...stated} of rowsOf<{k: number; n: number}>('typed-inference', 'supports')) {
      expect(secondSupport(k, n, tools), `${k}/${n}`).toEqual(stated)
    }
  })

  test('positions of the page: written from the page alone, they have the stated forms', () => {
    const rows = rowsOf<{sessions: Record<string, string[]>; forms: object[] | null}>('typed-inference', 'positions')
    for (const {sessions, forms} of rows) {
      const brought = Object.entries(sessions).flatMap(([session, values], i) =>
        values.map((value) => ({
          session,
          ts: new Date(Date.UTC(2026, 2, 2, 9) + i * 7 * 86_400_000).toISOString(),
          method: 'GET',
          url: `https://api.example.com/v1/${encodeURIComponent(value)}`,
          action: 'allow',
          status: '',
        })),
      )
      const rule = secondRules(brought, tools).find(({key}) => key.includes('path=/v1/*'))
      expect(rule?.collapsed[0]?.forms ?? null, JSON.stringify(sessions)).toEqual(forms)
    }
  })

  test('the captures of the page: written from the page alone, they give its rules', () => {
    const rules = secondRules(secondEvents(block(page('typed-inference'), 'events')), tools)
    const confirmed = rules.filter(({confidence}) => confidence !== 'never_confirmed')
    expect(confirmed.map((rule) => `${secondRuleLine(rule)}\n`).join('')).toBe(block(page('typed-inference'), 'v3'))
  })
})

describe('evaluation', () => {
  test('the actions of the page: its rules decide them as stated, also by an evaluator written from the page', () => {
    const rules = rowsOf<Parameters<typeof decide>[0][number]>('evaluation', 'rules')
    const rows = rowsOf<Parameters<typeof decide>[1] & {readonly decision: object}>('evaluation', 'decisions')
    expect(rows.length).toBeGreaterThan(20)
    const matches = secondMatcher(pathTables(page('paths'), block))
    for (const {decision, ...question} of rows) {
      expect(decide(rules, question), JSON.stringify(question)).toEqual(decision)
      expect(secondDecide(rules, question, matches), JSON.stringify(question)).toEqual(decision)
    }
  })

  test('the id of an example: the page states the one that the product makes', () => {
    const exemplar = {surface: 'url', method: 'GET', url: 'https://docs.example.com/guide', toolName: '', mcpMethod: ''}
    expect(page('evaluation')).toContain(`\`${exemplarId(exemplar, undefined)}\``)
  })
})
