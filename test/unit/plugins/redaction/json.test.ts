import {describe, expect, test} from 'vitest'
import {API, everything, redact, serviceOf, withClasses} from './rules.js'

const KEY = 'AKIAIOSFODNN7EXAMPLE'
const email = withClasses('email')

describe('a document in place', () => {
  test('changes what is replaced and no other byte', async () => {
    const text =
      '  {"z" : 1.0E+2, "a":[ "\\u0041 caf\u00e9 \\/ jane@example.com \\t\\ud83d\\ude00 ",true , null ],\r\n\t"jane@example.com":"bob@example.com"}\n'
    expect(await redact(email, text)).toBe(
      text
        .replace('jane@example.com', '<pl:email:1>')
        .replace('jane@example.com', '<pl:email:1>')
        .replace('bob@example.com', '<pl:email:2>'),
    )
  })

  test('finds what escapes spell, and cuts them out with it', async () => {
    expect(await redact(email, '["a \\u006a\\u0061ne\\u0040example.com\\n"]')).toBe('["a <pl:email:1>\\n"]')
  })

  test('gives the very buffer back where nothing changes', async () => {
    const bytes = Buffer.from('{"a":["b",1.50,"\\u0063"]}')
    const result = await everything.request(bytes, {
      host: 'h.test',
      method: 'POST',
      path: '/',
      contentType: 'application/json',
    })
    expect(result.ok && result.bytes).toBe(bytes)
    expect(result.ok && result.summary).toBeUndefined()
  })

  test('numbers in document order, names before their values, each class on its own', async () => {
    const text = '{"c@x.yz":{"10.0.0.1":"a@x.yz 10.0.0.2"},"b":["c@x.yz","10.0.0.1"]}'
    expect(await redact(withClasses('email', 'ipv4'), text)).toBe(
      '{"<pl:email:1>":{"<pl:ipv4:1>":"<pl:email:2> <pl:ipv4:2>"},"b":["<pl:email:1>","<pl:ipv4:1>"]}',
    )
  })

  test('is the same every time', async () => {
    const text = JSON.stringify({a: `jane@example.com ${KEY}`, b: ['10.0.0.1', {c: 'x@y.zz 10.0.0.0/8'}]})
    const results = new Set(await Promise.all(Array.from({length: 100}, () => redact(everything, text))))
    expect(results.size).toBe(1)
  })

  test.each(['"jane@example.com"', '{}', '[]', 'null', '0', '""'])('takes any value: %s', async (text) => {
    expect(await redact(email, text)).toBe(text.replace('jane@example.com', '<pl:email:1>'))
  })

  test('an empty body passes', async () => {
    expect(await redact(email, '')).toBe('')
    expect(await redact(email, '', {contentType: 'text/csv'})).toBe('')
  })
})

describe('numbers', () => {
  test('that look like what a class knows cannot be replaced', async () => {
    const cards = withClasses('credit-card')
    for (const number of ['4111111111111111', '-4111111111111111', '4.111111111111111e15', '4111111111111111.0']) {
      expect(await redact(cards, `{"a":${number}}`)).toBe('!secret_in_numeric_scalar')
    }
    const named = await cards.request(Buffer.from('{"a":4111111111111111}'), API)
    expect(named).toEqual({ok: false, code: 'secret_in_numeric_scalar', label: 'credit-card'})
    expect(await redact(cards, '{"a":4111111111111112}')).toBe('{"a":4111111111111112}')
    const digits = '1'.repeat(15) + '2'.repeat(17)
    expect(await redact(withClasses('hash-md5'), `[${digits}]`)).toBe('!secret_in_numeric_scalar')
    const own = serviceOf({
      profiles: {p: {dictionaries: ['d']}},
      dictionaries: {d: {class: 'customer', entries: ['4711']}},
    })
    expect(await redact(own, '[4711]')).toBe('!secret_in_numeric_scalar')
    expect(await redact(own, '[47110, 1e9999, 0.14711]')).toBe('[47110, 1e9999, 0.14711]')
  })

  test('keep every digit', async () => {
    const text = '[12345678901234567890.123456789012345678901, -0, 1E400, "a@b.cd"]'
    expect(await redact(email, text)).toBe(text.replace('a@b.cd', '<pl:email:1>'))
  })
})

describe('forged placeholders', () => {
  test('are numbered like everything else', async () => {
    expect(await redact(email, '["<pl:email:7> jane@example.com <pl:email:1>"]')).toBe(
      '["<pl:email:1> <pl:email:2> <pl:email:3>"]',
    )
  })

  test('of a class that nobody configured carry no name of their sender', async () => {
    expect(await redact(email, '["<pl:d41d8cd98f00b204e9800998ecf8427e:1> <pl:fqdn:3>"]')).toBe(
      '["<pl:invalid:1> <pl:fqdn:1>"]',
    )
  })

  test.each([
    ['full-width', '\uff1cpl:email:9\uff1e'],
    ['a zero-width space', '<pl\u200b:email:9>'],
    ['escaped', '&lt;pl:email:9&gt;'],
  ])('in disguise: %s', async (_name, text) => {
    expect(await redact(email, JSON.stringify([text]))).toBe('["<pl:email:1>"]')
  })

  test('count as no redaction', async () => {
    const bytes = Buffer.from('["<pl:email:7>"]')
    const result = await email.request(bytes, {
      host: 'h.test',
      method: 'POST',
      path: '/',
      contentType: 'application/json',
    })
    expect(result).toMatchObject({ok: true, summary: undefined})
    expect(result.ok && result.bytes.toString()).toBe('["<pl:email:1>"]')
  })

  test('hold nothing that is replaced inside them', async () => {
    const words = serviceOf({
      profiles: {p: {classes: ['email'], dictionaries: ['d']}},
      dictionaries: {d: {class: 'word', entries: ['email', '1'], word_boundary: false, priority: 1000}},
    })
    expect(await redact(words, '["jane@example.com <pl:email:1>"]')).toBe(
      '["jane@example.com <pl:email:1>"]'.replace('jane@example.com', '<pl:email:1>').replace(/1>"/, '2>"'),
    )
  })
})

describe('a private key whose lines are texts of their own', () => {
  const keys = withClasses('ssh-private-key', 'email')
  const [begin, one, two, end] = [
    '-----BEGIN PRIVATE KEY-----',
    `MIIE${'a1B2'.repeat(15)}`,
    'Zg==',
    '-----END PRIVATE KEY-----',
  ]
  const mark = (n: number): string => `<pl:ssh-private-key:${n}>`
  test.each([
    ['a list', [begin, one, two, end, 'admin'], [mark(1), mark(2), mark(3), mark(4), 'admin']],
    ['members', {a: begin, b: one, c: end, user: 'admin'}, {a: mark(1), b: mark(2), c: mark(3), user: 'admin'}],
    ['lines that keep their ends', [`${begin}\n`, `${one}\n`, `${end}\n`], [mark(1), mark(2), `${mark(3)}\n`]],
    ['a header of its own', [begin, 'Proc-Type: 4,ENCRYPTED', '', one, end], [mark(1), mark(2), '', mark(3), mark(4)]],
    [
      'something behind its end',
      [begin, one, `${end} jane@example.com`],
      [mark(1), mark(2), `${mark(3)} <pl:email:1>`],
    ],
    ['no end: as far as it looks like one', [begin, one, 'admin', one], [mark(1), mark(2), 'admin', one]],
    ['an end that is none of its own', [begin, 'a text of words', end], [mark(1), 'a text of words', end]],
    ['a number in between', [begin, 7, one], [mark(1), 7, one]],
  ])('%s', async (_name, given, expected) => {
    expect(await redact(keys, JSON.stringify(given))).toBe(JSON.stringify(expected))
  })
})

describe('failures', () => {
  const small = serviceOf({
    profiles: {p: {classes: ['email']}},
    limits: {max_body_bytes: 100, max_redactions_per_request: 2, max_depth: 3},
  })
  test.each([
    ['duplicate names', '{"a":1,"\\u0061":2}', 'duplicate_object_key'],
    ['duplicate names, deep', '[{"b":{"a":1,"a":1}}]', 'duplicate_object_key'],
    ['no JSON', '{"a":', 'body_unparseable'],
    ['two values', '{} {}', 'body_unparseable'],
    ['a byte order mark', '\ufeff{}', 'body_unparseable'],
    ['too large', JSON.stringify('x'.repeat(99)), 'body_too_large'],
    ['too deep', '[[[[]]]]', 'json_depth_exceeded'],
    ['too many originals', '["a@b.cd","b@b.cd","c@b.cd"]', 'redaction_overflow'],
  ])('%s', async (_name, text, code) => {
    expect(await redact(small, text)).toBe(`!${code}`)
  })

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22])
    expect(await small.request(bytes, {host: 'h', method: 'POST', path: '/', contentType: 'application/json'})).toEqual(
      {
        ok: false,
        code: 'body_unparseable',
      },
    )
  })

  test('two names that become the same one', async () => {
    const service = serviceOf({
      profiles: {p: {dictionaries: ['d']}},
      dictionaries: {d: {class: 'w', entries: ['secret']}},
    })
    // the second is a placeholder of its own number already
    expect(await redact(service, '{"x <pl:w:1>":1,"x secret":2}')).toBe('{"x <pl:w:1>":1,"x <pl:w:2>":2}')
    expect(await redact(service, '{"a":{"x secret":1},"x \\u0073ecret":2,"x secret ":3}')).toBe(
      '{"a":{"x <pl:w:1>":1},"x <pl:w:1>":2,"x <pl:w:1> ":3}',
    )
  })

  test('10,000 different originals are replaced, one more is refused', async () => {
    const list = (count: number): string => JSON.stringify(Array.from({length: count}, (_, i) => `u${i}@example.com`))
    const result = await redact(email, list(10_000))
    expect(result.endsWith('"<pl:email:10000>"]')).toBe(true)
    expect(await redact(email, list(10_001))).toBe('!redaction_overflow')
    expect(await redact(email, JSON.stringify(Array.from({length: 10_001}, () => 'a@b.cd')))).toContain('<pl:email:1>')
  })

  test('64 levels are taken, 65 are not', async () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}"a@b.cd"${']'.repeat(depth)}`
    expect(await redact(email, nested(64))).toBe(nested(64).replace('a@b.cd', '<pl:email:1>'))
    expect(await redact(email, nested(65))).toBe('!json_depth_exceeded')
    expect(await redact(email, nested(100_000))).toBe('!json_depth_exceeded')
  })
})

describe('bodies that are no JSON', () => {
  const service = serviceOf({
    profiles: {p: {classes: ['email']}},
    allowlist_unparseable: ['*.files.example'],
    allowlist_unparseable_routes: [
      {
        host: 'upload.example',
        methods: ['PUT'],
        path_prefixes: ['/up/'],
        path_suffixes: ['.bin'],
        content_types: ['application/octet-stream'],
      },
    ],
  })
  test.each([
    ['multipart/form-data; boundary=x', 'multipart_unsupported'],
    ['application/x-www-form-urlencoded', 'non_json_body'],
    ['application/xml', 'non_json_body'],
    ['application/x-ndjson', 'streaming_request_unsupported'],
    ['', 'non_json_body'],
    ['text/plain', 'non_json_body'],
  ])('%s', async (contentType, code) => {
    expect(await redact(service, 'a=1', {contentType})).toBe(`!${code}`)
  })

  test('is what a form is, even where it looks like JSON: its reader undoes other escapes', async () => {
    const contentType = 'application/x-www-form-urlencoded'
    expect(await redact(service, '{"a":"jane+x%2540example.com"}', {contentType})).toBe('!non_json_body')
  })

  test('are passed for listed hosts, as they are', async () => {
    expect(await redact(service, 'jane@example.com', {contentType: 'text/csv', host: 'a.files.example'})).toBe(
      'jane@example.com',
    )
    expect(await redact(service, 'x', {contentType: 'text/csv', host: 'files.example.evil.test'})).toBe(
      '!non_json_body',
    )
  })

  test('what says that it is JSON is never passed unredacted', async () => {
    expect(await redact(service, '{broken', {host: 'a.files.example'})).toBe('!body_unparseable')
    expect(await redact(service, '{broken', {host: 'a.files.example', contentType: 'application/problem+json'})).toBe(
      '!body_unparseable',
    )
    expect(await redact(service, '["a@b.cd"]', {host: 'a.files.example', contentType: ''})).toBe('["<pl:email:1>"]')
    expect(await redact(service, '{"a":1,"a":2}', {host: 'a.files.example', contentType: 'text/plain'})).toBe(
      '!duplicate_object_key',
    )
  })

  const upload = {
    host: 'upload.example',
    method: 'PUT',
    path: '/up/a.bin',
    contentType: 'application/octet-stream; x=y',
  }
  test.each([
    ['all dimensions match', {}, 'x'],
    ['another host', {host: 'x.upload.example'}, '!non_json_body'],
    ['another method', {method: 'POST'}, '!non_json_body'],
    ['another path', {path: '/a.bin'}, '!non_json_body'],
    ['another suffix', {path: '/up/a.txt'}, '!non_json_body'],
    ['another type', {contentType: 'text/csv'}, '!non_json_body'],
  ])('a route: %s', async (_name, change, expected) => {
    expect(await redact(service, 'x', {...upload, ...change})).toBe(expected)
  })
})

describe('the summary for the receipt', () => {
  test('counts different originals by class, sorted, and names profile and provider', async () => {
    const service = withClasses('email', 'aws-access-key')
    const bytes = Buffer.from(JSON.stringify([`b@x.yz a@x.yz b@x.yz`, KEY, Buffer.from(KEY).toString('hex')]))
    const request = {host: 'api.openai.com', method: 'POST', path: '/v1/responses', contentType: 'application/json'}
    const result = await service.request(bytes, request)
    expect(result.ok && result.summary).toEqual({
      profile: 'p',
      provider: 'openai',
      parser: 'json',
      total_redactions: 4,
      by_class: {'aws-access-key': 2, email: 2},
    })
    expect(result.ok && Object.keys(result.summary?.by_class ?? {})).toEqual(['aws-access-key', 'email'])
  })
})
