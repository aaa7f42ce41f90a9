import {describe, expect, test} from 'vitest'
import {sections as core} from '../../../../src/core/config.js'
import {sections as logging} from '../../../../src/plugins/logging/config.js'
import {sections as metrics} from '../../../../src/plugins/metrics/config.js'
import {sections as destination} from '../../../../src/plugins/destination/config.js'
import {sections as proxy} from '../../../../src/plugins/proxy/config.js'
import {sections as recorder} from '../../../../src/plugins/recorder/config.js'
import {readTree} from '../../../../src/host/config/tree.js'
import {validateTree} from '../../../../src/host/config/validate.js'

const schemas = {...core, ...destination, ...logging, ...metrics, ...proxy, ...recorder}

function problems(text: string): string[] {
  const {problems} = validateTree(readTree(text), schemas)
  return problems.map(
    (p) => `${p.line}:${p.column} ${p.field}: ${p.message}${p.hint === undefined ? '' : ` (${p.hint})`}`,
  )
}

describe('problems of a configuration file', () => {
  const table: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
    ['nothing', '', []],
    ['comments only', '# nothing\n', []],
    ['null is "not given"', 'mode:\nfetch_proxy: ~\nforward_proxy:\n  enabled: null\n', []],
    [
      'unknown section',
      'mode: strict\nfetch_prox:\n  listen: x\n',
      ['2:1 fetch_prox: unknown field (did you mean fetch_proxy?)'],
    ],
    ['swapped letters', 'mdoe: strict\n', ['1:1 mdoe: unknown field (did you mean mode?)']],
    [
      'unknown field two levels down',
      'fetch_proxy:\n  monitoring:\n    max_url_lenght: 5\n',
      ['3:5 fetch_proxy.monitoring.max_url_lenght: unknown field (did you mean max_url_length?)'],
    ],
    ['a name like no other', 'zzzzzzzz: 1\n', ['1:1 zzzzzzzz: unknown field']],
    [
      'section without owner',
      'airlock:\n  enabled: true\n',
      ['1:1 airlock: not supported yet (remove the section; nothing of it would be applied)'],
    ],
    [
      'stale name',
      'forward_proxy:\n  trusted_domains: [a.example]\n',
      ['2:3 forward_proxy.trusted_domains: unknown field (move it to the top level)'],
    ],
    [
      'stale name in a section with checks of its own',
      'flight_recorder:\n  path: evidence\n',
      ['2:3 flight_recorder.path: unknown field (renamed to flight_recorder.dir)'],
    ],
    ['number for text', 'fetch_proxy:\n  listen: 8888\n', ['2:11 fetch_proxy.listen: must be text, not 8888']],
    [
      'words of YAML 1.1',
      'forward_proxy:\n  enabled: yes\n',
      ['2:12 forward_proxy.enabled: must be true or false, not the text "yes" (write true or false)'],
    ],
    [
      'a quoted number of a fixed value',
      'version: "1"\n',
      ['1:10 version: must be 1, not the text "1" (write 1 without quotes)'],
    ],
    [
      'quoted true or false',
      'forward_proxy:\n  enabled: "false"\n',
      ['2:12 forward_proxy.enabled: must be true or false, not the text "false" (write false without quotes)'],
    ],
    [
      'a quoted number',
      'fetch_proxy:\n  timeout_seconds: "30"\n',
      ['2:20 fetch_proxy.timeout_seconds: must be a number, not the text "30" (write 30 without quotes)'],
    ],
    [
      'fraction for a whole number',
      'fetch_proxy:\n  monitoring: {max_url_length: 1.5}\n',
      ['2:32 fetch_proxy.monitoring.max_url_length: must be a whole number, not 1.5'],
    ],
    [
      'below the limit',
      'fetch_proxy:\n  timeout_seconds: 0\n',
      ['2:20 fetch_proxy.timeout_seconds: must be more than 0'],
    ],
    [
      'mistyped mode',
      'mode: strikt\n',
      ['1:7 mode: must be one of strict, balanced, audit, not the text "strikt" (did you mean strict?)'],
    ],
    [
      'a time that a timer cannot wait for: it would go off at once',
      'forward_proxy: {max_tunnel_seconds: 2147484, idle_timeout_seconds: 1e10}\n',
      [
        '1:37 forward_proxy.max_tunnel_seconds: must be at most 2000000',
        '1:68 forward_proxy.idle_timeout_seconds: must be at most 2000000',
      ],
    ],
    ['another version', 'version: 2\n', ['1:10 version: must be 1, not 2']],
    ['a list for a mapping', 'logging: [json]\n', ['1:10 logging: must be a mapping, not a list']],
    ['not a mapping at all', '- a\n', ['1:1 : a configuration is a mapping of sections']],
    [
      'rule across fields',
      'logging:\n  output: file\n',
      ['2:3 logging.file: is required when logging.output is file or both'],
    ],
    [
      'wildcard over a whole zone',
      'forward_proxy: {redirect_websocket_hosts: ["*.com"]}\n',
      [
        '1:44 forward_proxy.redirect_websocket_hosts[0]: must be a host name, or "*." and a domain of at least two labels; no scheme, port or path',
      ],
    ],
    [
      'two problems, in the order of the file',
      'mode: x\nlogging: {format: xml}\n',
      [
        '1:7 mode: must be one of strict, balanced, audit, not the text "x"',
        '2:19 logging.format: must be one of json, text, not the text "xml"',
      ],
    ],
    ['key given twice', 'mode: strict\nmode: audit\n', ['2:1 mode: duplicate key']],
    [
      'second document',
      'mode: strict\n---\nmode: audit\n',
      ['3:1 : a second YAML document; one file holds one configuration'],
    ],
    ['tag', 'mode: !secret strict\n', ['1:15 mode: tags are not supported in a configuration']],
    ['unknown alias', 'mode: *m\n', ['1:7 mode: unknown alias *m']],
    ['key that is no name', '? [a]\n: b\n', ['1:3 : a key must be a name']],
  ]
  test.each(table)('%s', (_name, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test('names the position of invalid YAML', () => {
    const [first] = validateTree(readTree('mode: strict\nlogging: {a: [\n'), schemas).problems
    expect(first?.line).toBeGreaterThanOrEqual(2)
    expect(first?.field).toBe('')
  })

  test('refuses nesting that would exhaust the stack', () => {
    for (const text of [
      `${'['.repeat(5000)}`,
      `${Array.from({length: 2000}, (_, i) => `${' '.repeat(i)}a:`).join('\n')}`,
    ]) {
      expect(readTree(text).problems).toHaveLength(1)
    }
  })

  test('refuses aliases that expand to more values than a configuration can have', () => {
    const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
    for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${Array.from({length: 10}, () => `*a${i - 1}`).join(', ')}]`)
    expect(readTree(lines.join('\n')).problems.map((p) => p.message)).toEqual([
      'more than 10000 values after aliases are expanded',
    ])
  })

  test('refuses an alias of the value that contains it', () => {
    expect(readTree('a: &a [*a]\n').problems.map((p) => p.message)).toEqual(['an alias of a value that contains it'])
  })
})

describe('values', () => {
  test('expands aliases and merge keys; own members take precedence', () => {
    const {value, problems} = readTree('base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist: [*b]\n')
    expect(problems).toEqual([])
    expect(value).toEqual({base: {x: 1, y: 2}, use: {x: 1, y: 3}, list: [{x: 1, y: 2}]})
  })

  test('reads scalars by YAML 1.2', () => {
    const text = 'a: yes\nb: 017\nc: 0x1F\nd: 1e3\ne: .5\nf: "1"\ng: 1_000\nh: True\ni: -0\n'
    expect(readTree(text).value).toEqual({
      a: 'yes',
      b: '017',
      c: '0x1F',
      d: 1000,
      e: 0.5,
      f: '1',
      g: '1_000',
      h: true,
      i: -0,
    })
  })

  test('does not let a key reach the prototype of an object', () => {
    const {value} = readTree('__proto__: {polluted: true}\n')
    expect(({} as {polluted?: boolean}).polluted).toBeUndefined()
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(problems('__proto__: {mode: audit}\n')).toEqual(['1:1 __proto__: unknown field'])
  })

  test('normalises host names to the form of a parsed URL', () => {
    const text = 'forward_proxy: {redirect_websocket_hosts: ["B\u00fccher.example.", "*.Ex.example", "0x7f.1"]}\n'
    expect(problems(text)).toEqual([])
    expect(validateTree(readTree(text), schemas).config['forward_proxy']).toMatchObject({
      redirect_websocket_hosts: ['xn--bcher-kva.example', '*.ex.example', '127.0.0.1'],
    })
  })

  test.each([
    'a[bc].example',
    'a?.example',
    'a.*.example',
    'https://a.example',
    'a.example:80',
    'a.example/x',
    '',
    '*',
  ])('refuses %j as a host pattern', (pattern) => {
    expect(problems(`forward_proxy: {redirect_websocket_hosts: [${JSON.stringify(pattern)}]}\n`)).toHaveLength(1)
  })

  test('accepts a blocklist of any breadth', () => {
    const text = 'fetch_proxy: {monitoring: {blocklist: ["*", "*.zip"]}}\n'
    expect(problems(text)).toEqual([])
    expect(problems(text.replace('*.zip', '*.a*.zip'))).toHaveLength(1)
  })

  test('fills defaults', () => {
    const {config, problems} = validateTree(readTree('forward_proxy: {enabled: true}\n'), schemas)
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      mode: 'balanced',
      enforce: true,
      fetch_proxy: {listen: '127.0.0.1:8888', monitoring: {max_url_length: 2048, max_requests_per_minute: 60}},
      forward_proxy: {enabled: true, sni_verification: true},
    })
  })

  test('normalises domain patterns', () => {
    const {config} = validateTree(readTree('fetch_proxy: {monitoring: {blocklist: ["*.Example.COM."]}}\n'), schemas)
    expect(config['fetch_proxy']).toMatchObject({monitoring: {blocklist: ['*.example.com']}})
  })
})
