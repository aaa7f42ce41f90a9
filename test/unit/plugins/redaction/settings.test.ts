import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/redaction/config.js'
import {createProviders} from '../../../../src/plugins/redaction/providers.js'
import {redactString, serviceOf} from './rules.js'

const folder = mkdtempSync(join(tmpdir(), 'pipelock-redaction-'))
afterAll(() => rmSync(folder, {recursive: true}))

const issues = (section: object): readonly string[] => {
  const result = sections.redaction.safeParse(section)
  return result.success ? [] : result.error.issues.map(({path, message}) => `${path.join('.')}: ${message}`)
}

describe('the section', () => {
  test('has the documented defaults, and takes 0 for them', async () => {
    const standard = {max_body_bytes: 10_485_760, max_redactions_per_request: 10_000, max_depth: 64}
    expect(sections.redaction.parse(undefined)).toMatchObject({
      enabled: false,
      default_profile: '',
      profiles: {},
      dictionaries: {},
      strict_reload: false,
      limits: standard,
      allowlist_unparseable: [],
      allowlist_unparseable_routes: [],
      providers: {},
    })
    const zero = {limits: {max_body_bytes: 0, max_redactions_per_request: 0, max_depth: 0}}
    expect(sections.redaction.parse(zero).limits).toEqual(standard)
    const profile = {profiles: {p: {dictionaries: ['d']}}, dictionaries: {d: {class: 'c', entries: ['x']}}}
    expect(sections.redaction.parse(profile).dictionaries['d']).toMatchObject({
      case_insensitive: false,
      word_boundary: true,
      priority: 0,
    })
    expect(sections.redaction.parse(profile).dictionaries['d']?.strict_reload).toBeUndefined()
  })

  test.each([
    ['enabled without a profile', {enabled: true}, 'default_profile: is required when redaction is enabled'],
    ['a profile that is none', {default_profile: 'x'}, 'default_profile: is no profile'],
    ['an empty profile', {profiles: {p: {}}}, 'profiles.p: needs at least one class or dictionary'],
    ['an unknown dictionary', {profiles: {p: {dictionaries: ['d']}}}, 'profiles.p.dictionaries.0: is no dictionary'],
    ['a class in capitals', {dictionaries: {d: {class: 'A', entries: ['x']}}}, /^dictionaries\.d\.class: must begin/],
    ['a dictionary without texts', {dictionaries: {d: {class: 'a'}}}, /entries: needs at least one text/],
    ['texts twice', {dictionaries: {d: {class: 'a', entries: ['x'], entries_file: 'f'}}}, /entries_file: cannot stand/],
    ['too large a limit', {limits: {max_depth: 257}}, /limits\.max_depth/],
    ['a URL as host', {allowlist_unparseable: ['https://a.test/']}, /allowlist_unparseable\.0/],
    ['a route for everything', {allowlist_unparseable_routes: [{host: 'a.test'}]}, /needs methods/],
    ['a provider path with a query', {providers: {x: {host_patterns: ['a.test'], path_prefixes: ['/a?b']}}}, /path/],
    ['another parser', {providers: {x: {host_patterns: ['a.test'], parser: 'xml'}}}, /parser/],
    ['an unknown key', {limits: {max_bytes: 1}}, /limits: /],
  ])('refuses %s', async (_name, section, expected) => {
    const [first = ''] = issues(section)
    if (typeof expected === 'string') expect(first).toBe(expected)
    else expect(first).toMatch(expected)
  })
})

describe('dictionaries', () => {
  const of = (options: object) =>
    serviceOf({profiles: {p: {dictionaries: ['d']}}, dictionaries: {d: {class: 'w', ...options}}})

  test('match literally, the longest text first, whole words only', async () => {
    const words = of({entries: ['Acme', 'Acme Corp', 'a.c', 'Acme', '']})
    expect(await redactString(words, 'Acme Corp, Acme, Acmetric, abc a.c _Acme')).toBe(
      '<pl:w:1>, <pl:w:2>, Acmetric, abc <pl:w:3> _Acme',
    )
  })

  test('may ignore case and word boundaries', async () => {
    expect(await redactString(of({entries: ['Zürich'], case_insensitive: true}), 'ZÜRICH zurich')).toBe(
      '<pl:w:1> <pl:w:2>',
    )
    expect(await redactString(of({entries: ['acme'], word_boundary: false}), 'xacmex Acme')).toBe('x<pl:w:1>x Acme')
  })

  test('find words of scripts without spaces', async () => {
    expect(await redactString(of({entries: ['東京']}), '私は東京に住む')).toBe('私は<pl:w:1>に住む')
  })

  test('read a file in YAML or JSON, numbers as they are written', async () => {
    const yaml = join(folder, 'words.yaml')
    writeFileSync(yaml, '# names\n- Jane Doe\n- 0042\n- "quoted: text"\n- ""\n')
    expect(await redactString(of({entries_file: yaml}), 'Jane Doe 0042 quoted: text 42')).toBe(
      '<pl:w:1> <pl:w:2> <pl:w:3> 42',
    )
    const json = join(folder, 'words.json')
    writeFileSync(json, '["a1b2"]')
    expect(await redactString(of({entries_file: json}), 'a1b2')).toBe('<pl:w:1>')
  })

  test.each([
    ['a mapping', 'a: b\n', /holds no list/],
    ['lists in the list', '- [a]\n', /holds something that is no text/],
    ['no YAML', '- "a\n', /is no YAML/],
    ['nothing but empty texts', '- ""\n', /has no text to look for/],
  ])('refuse a file with %s', async (_name, content, message) => {
    const file = join(folder, 'bad.yaml')
    writeFileSync(file, content)
    expect(() => of({entries_file: file})).toThrow(message)
  })

  describe('whose file vanished', () => {
    const file = join(folder, 'vanishing.yaml')
    const section = (strict: object) => ({
      profiles: {p: {dictionaries: ['d']}},
      dictionaries: {d: {class: 'w', entries_file: file}},
      ...strict,
    })
    test('keep their texts at a reload, with a warning; a strict reload is refused', async () => {
      const state = {snapshots: new Map<string, readonly string[]>(), counts: new Map<string, number>()}
      expect(() => serviceOf(section({}), state)).toThrow(/does not exist/)
      writeFileSync(file, '- Acme\n')
      serviceOf(section({}), state)
      rmSync(file)
      const warnings: string[] = []
      const kept = serviceOf(section({}), state, (field, message) => warnings.push(`${field}: ${message}`))
      expect(await redactString(kept, 'Acme')).toBe('<pl:w:1>')
      expect(warnings).toEqual([expect.stringMatching(/^redaction\.dictionaries\.d\.entries_file: .*stay in force/)])
      expect(() => serviceOf(section({strict_reload: true}), state)).toThrow(/does not exist/)
      const own = section({})
      const strict = {...own, dictionaries: {d: {...own.dictionaries.d, strict_reload: true}}}
      expect(() => serviceOf(strict, state)).toThrow(/does not exist/)
    })
  })
})

describe('provider profiles', () => {
  const own = (name: string, hostPatterns: readonly string[], pathPrefixes: readonly string[] = []) =>
    ({name, parser: 'json', hostPatterns, pathPrefixes}) as const
  test.each([
    ['api.anthropic.com', '/v1/messages', 'anthropic'],
    ['api.anthropic.com', '/v1/files', 'generic-json'],
    ['api.openai.com', '/v1/chat/completions', 'openai'],
    ['generativelanguage.googleapis.com', '/v1beta/models/x:generate', 'gemini'],
    ['eu.generativelanguage.googleapis.com', '/v1/models/x', 'gemini'],
    ['api.openai.com.evil.test', '/v1/responses', 'generic-json'],
  ])('%s%s is %s', async (host, path, name) => {
    expect(createProviders([]).of(host, path)).toEqual({name, parser: 'json'})
  })

  test('prefer the exact host, then the longer prefix, the longer pattern, the name', async () => {
    const providers = createProviders([
      own('wild', ['*.llm.test'], ['/v1/long/prefix']),
      own('exact', ['a.llm.test'], ['/v1']),
      own('deep', ['*.b.llm.test'], ['/v1']),
      own('wide', ['*.llm.test'], ['/v1']),
      own('twin', ['*.llm.test'], ['/v1']),
    ])
    expect(providers.of('a.llm.test', '/v1/long/prefix').name).toBe('exact')
    expect(providers.of('c.llm.test', '/v1/long/prefix/x').name).toBe('wild')
    expect(providers.of('x.b.llm.test', '/v1/x').name).toBe('deep')
    expect(providers.of('c.llm.test', '/v1/x').name).toBe('twin')
    expect(providers.isProviderHost('c.llm.test')).toBe(true)
    expect(providers.isProviderHost('api.openai.com')).toBe(true)
    expect(providers.isProviderHost('llm.example')).toBe(false)
  })
})

test('a body in letters that nobody here reads is refused, since a receiver could read a secret in it', async () => {
  const service = serviceOf({profiles: {p: {classes: ['email']}}})
  const facts = {host: 'api.test', method: 'POST', path: '/'}
  for (const contentType of ['application/json; charset=utf-7', 'text/plain; charset=utf-8; charset=cp037']) {
    expect(await service.request(Buffer.from('{"a":"b"}'), {...facts, contentType})).toMatchObject({
      ok: false,
      code: 'body_unparseable',
    })
  }
  const plain = await service.request(Buffer.from('{"a":"b"}'), {
    ...facts,
    contentType: 'application/json; charset=UTF-8',
  })
  expect(plain.ok).toBe(true)
})
