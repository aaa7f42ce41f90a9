import {describe, expect, test} from 'vitest'
import {BUILT_IN_CLASSES} from '../../../../src/plugins/redaction/classes.js'
import {classOfRule} from '../../../../src/plugins/redaction/credentials.js'
import {redact, redactString, scanner, serviceOf, withClasses} from './rules.js'

const PEM = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----`

/** Every class: text in which it stands, and texts that only look like it. */
const CLASSES: Readonly<Record<string, {readonly matches: readonly string[]; readonly misses: readonly string[]}>> = {
  'aws-access-key': {
    matches: ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE'],
    misses: ['akiaiosfodnn7example', 'XAKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE1', 'AKIAIOSFODNN7EXAMPL'],
  },
  'google-api-key': {
    matches: [`AIza${'a1B2c'.repeat(7)}`],
    misses: [`AIza${'a'.repeat(34)}`, `AIza${'a'.repeat(36)}`],
  },
  'github-token': {
    matches: [`ghp_${'a1'.repeat(10)}`, `github_pat_${'A'.repeat(22)}_${'b'.repeat(59)}`],
    misses: [`ghx_${'a'.repeat(36)}`, `ghp_${'a'.repeat(19)}`],
  },
  'slack-token': {matches: ['xoxb-1234567890-abcdef'], misses: ['xoxz-1234567890', 'xoxb-123']},
  jwt: {
    matches: ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF_-1', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'],
    misses: ['eyJhbGci.eyJzdWI', 'heyJhb.cde.fgh'],
  },
  'ssh-private-key': {
    matches: [
      PEM,
      PEM.replaceAll('\n', '\\n'),
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\nx',
    ],
    misses: ['-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
  },
  'ad-user': {matches: ['CORP\\jane.doe', 'EU-WEST_1\\svc'], misses: ['corp\\jane', 'C:\\Users', 'A\\bc']},
  ssn: {matches: ['536-22-8726'], misses: ['000-22-8726', '666-22-8726', '936-22-8726', '536-00-8726', '536-22-0000']},
  'credit-card': {
    matches: ['4111111111111111', '4111-1111-1111-1111', '378282246310005', '3782 822463 10005', '6011111111111117'],
    misses: ['4111111111111112', '4111 1111 1111', '9111111111111111', '4444444444444444'],
  },
  'hash-sha512': {matches: ['0123456789abcdef'.repeat(8)], misses: ['0123456789abcdef'.repeat(8) + '0']},
  'hash-sha256': {matches: ['0123456789ABCDEF'.repeat(4)], misses: ['g' + '0123456789abcdef'.repeat(4)]},
  'hash-sha1': {matches: ['0123456789'.repeat(4)], misses: ['0123456789'.repeat(3)]},
  'hash-md5': {matches: ['d41d8cd98f00b204e9800998ecf8427e'], misses: ['d41d8cd98f00b204e9800998ecf8427']},
  cidr: {matches: ['10.0.0.0/8', '192.168.1.0/32'], misses: ['10.0.0.0/33', '10.0.0.0/', '256.0.0.0/8']},
  ipv4: {matches: ['10.1.2.3', '255.255.255.255'], misses: ['1.2.3.4.5', '256.1.1.1', '1.2.3', 'v1.2.3.4']},
  ipv6: {
    matches: ['2001:db8::1', 'fe80::', '::1', '2001:0db8:0000:0000:0000:ff00:0042:8329', '::ffff:10.0.0.1'],
    misses: ['std::cout', '::', '12:34:56', '1:2:3:4:5:6:7', '1::2::3', '2001:db8:::1', '::ffff:10.0.0.999'],
  },
  mac: {
    matches: ['00:1A:2b:3c:4D:5e', '00-1a-2b-3c-4d-5e'],
    misses: ['00:1a:2b:3c:4d', '00:1a-2b:3c:4d:5e', '00:1a:2b:3c:4d:5e:6f'],
  },
  email: {
    matches: ['jane.doe+x@mail.example.co.uk', 'a@b.cd'],
    misses: ['jane@localhost', '@example.com', 'jane@example.c', 'jane at example.com'],
  },
  fqdn: {matches: ['build.internal.example', 'a.bc'], misses: ['example', 'v1.2', 'a..b', 'x.y_']},
}

test('every class is in the table', async () => {
  expect(Object.keys(CLASSES).sort()).toEqual([...BUILT_IN_CLASSES].sort())
})

describe.each(Object.entries(CLASSES))('%s', (label, {matches, misses}) => {
  const service = withClasses(label)
  test.each(matches)('is found: %s', async (text) => {
    expect(await redactString(service, text)).toBe(`<pl:${label}:1>`)
    expect(await redactString(service, `see (${text})`)).toMatch(new RegExp(`^see \\(<pl:${label}:1>`))
  })
  test.each(misses)('is not: %s', async (text) => {
    expect(await redactString(service, text)).toBe(text)
  })
  test('is found behind another one, and numbered by original', async () => {
    const [first = '', other = first.replace(/[a-zA-Z]$/, (letter) => (letter === 'b' ? 'c' : 'b'))] = matches
    if (label === 'ssh-private-key') return
    const text = await redactString(service, `${first} ${first} ${other}`)
    expect(text).toBe(`<pl:${label}:1> <pl:${label}:1> <pl:${label}:${first === other ? 1 : 2}>`)
  })
})

describe('disguises', () => {
  const service = withClasses('aws-access-key', 'email', 'credit-card')
  const key = 'AKIAIOSFODNN7EXAMPLE'
  test.each([
    ['a zero-width space inside', 'AKIA\u200bIOSFODNN7EXAMPLE', '<pl:aws-access-key:1>'],
    ['full-width letters', 'ＡＫＩＡIOSFODNN7EXAMPLE', '<pl:aws-access-key:1>'],
    ['a look-alike', '\u0410KIAIOSFODNN7EXAMPLE', '<pl:aws-access-key:1>'],
    ['base64', Buffer.from(`key ${key} ok`).toString('base64'), '<pl:aws-access-key:1>'],
    ['base64url without padding', Buffer.from(`jane@example.com?`).toString('base64url'), '<pl:email:1>'],
    ['base64 of base64', Buffer.from(Buffer.from(key).toString('base64')).toString('base64'), '<pl:aws-access-key:1>'],
    ['hex', Buffer.from(key).toString('hex'), '<pl:aws-access-key:1>'],
    [
      'lines of base64, cut inside it',
      (
        Buffer.from(`a text that takes more than one line, then ${key} and more`)
          .toString('base64')
          .match(/.{1,20}/g) ?? []
      ).join('\n'),
      '<pl:aws-access-key:1>',
    ],
    ['percent escapes', 'jane%40example.com', '<pl:email:1>'],
    ['character references', 'jane&#64;example.com', '<pl:email:1>'],
    ['escapes of a nested JSON text', '{\\"to\\":\\"jane\\u0040example.com\\"}', '{\\"to\\":\\"<pl:email:1>\\"}'],
    ['a separator of its own', '4111\u00a01111\u00a01111\u00a01111', '<pl:credit-card:1>'],
    [
      'the rest of it behind a zero-width space',
      `AKIAIOSFODNN7EXAMPLE jane@example.co\u200bm.au`,
      '<pl:aws-access-key:1> <pl:email:1>',
    ],
    ['an ellipsis behind it, which stays', 'jane@example.com\u2026', '<pl:email:1>\u2026'],
    ['a letter of another script before it', 'ключAKIAIOSFODNN7EXAMPLE', 'ключ<pl:aws-access-key:1>'],
  ])('%s', async (_name, text, expected) => {
    expect(await redactString(service, text)).toBe(expected)
  })

  test('the whole encoded run is replaced, and nothing beside it', async () => {
    const run = Buffer.from(`x ${key} y`).toString('base64')
    expect(await redactString(service, `data:text/plain;base64,${run} end`)).toBe(
      'data:text/plain;base64,<pl:aws-access-key:1> end',
    )
  })

  test('random bytes do not become an address of somebody', async () => {
    // "a.bc" in the middle of noise, as a picture holds it by chance
    const noise = Buffer.concat([Buffer.alloc(60, 0xff), Buffer.from('xx jane@example.com xx'), Buffer.alloc(60, 0x81)])
    expect(await redactString(service, noise.toString('base64'))).toBe(noise.toString('base64'))
  })
})

describe('classes of credential rules', () => {
  test('every rule has one, named after it', async () => {
    for (const name of scanner.ruleNames) expect(classOfRule(name)).toMatch(/^[a-z0-9][a-z0-9-]*$/)
    expect(classOfRule('GitHub Fine-Grained PAT')).toBe('github-fine-grained-pat')
    expect(classOfRule('AWS Access Key ID')).toBe('aws-access-key-id')
  })

  test.each([
    ['anthropic-api-key', `use sk-ant-${'a1B2'.repeat(20)} now`, 'use <pl:anthropic-api-key:1> now'],
    ['npm-token', `npm_${'a1'.repeat(18)}`, '<pl:npm-token:1>'],
    ['credential', 'https://x.test/?password=hunter2hunter2&a=1', 'https://x.test/?password=<pl:credential:1>&a=1'],
    [
      'aws-secret-key',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = <pl:aws-secret-key:1>',
    ],
    ['environment-variable-secret', 'MY_TOKEN=abcdefgh12345678 x', 'MY_TOKEN=<pl:environment-variable-secret:1> x'],
    ['private-key-header', `a ${PEM} b`, 'a <pl:private-key-header:1> b'],
    ['postgresql-connection-string', 'postgres://u:s3cr3t-pw@db/x', '<pl:postgresql-connection-string:1>db/x'],
    ['google-api-key', `AIza${'a1B2c'.repeat(7)}`, '<pl:google-api-key:1>'],
  ])('%s', async (label, text, expected) => {
    expect(await redactString(withClasses(label), text)).toBe(expected)
  })

  test('own patterns of the dlp section are classes, too', async () => {
    expect(() => withClasses('no-such-rule')).toThrow(/no class is called no-such-rule/)
    expect(() => withClasses('bearer')).toThrow(/bearer has no form of its own/)
  })
})

describe('what a rule knows by its name', () => {
  const value = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  test.each([
    ['aws-secret-key', 'aws_secret_access_key', value],
    ['aws-secret-key', 'SecretAccessKey', value],
    ['cloudflare-api-token', 'CF_API_TOKEN', 'a1B2'.repeat(10)],
    ['gcp-service-account-private-key-id', 'private_key_id', '0a1b'.repeat(10)],
  ])('%s under %s', async (label, name, secret) => {
    const service = withClasses(label)
    expect(await redact(service, JSON.stringify({[name]: secret, b: secret}))).toBe(
      JSON.stringify({[name]: `<pl:${label}:1>`, b: secret}),
    )
    expect(await redact(service, JSON.stringify({other: secret}))).toBe(JSON.stringify({other: secret}))
  })
})

describe('what is replaced in part is replaced whole: the scan of bodies would not know the rest', () => {
  test.each([
    ['email', 'postgres://user:p!ss@db.example.com/x', '<pl:postgresql-connection-string:1>/x'],
    ['email', '?password=a!jane@example.com!b&c=1', '?password=<pl:credential-in-url:1>&c=1'],
    ['hash-md5', `key-${'0a1b'.repeat(8)}`, '<pl:mailgun-api-key:1>'],
    ['ipv4', 'postgres://user:hunter2hunter2@10.0.0.1/x', 'postgres://user:hunter2hunter2@<pl:ipv4:1>/x'],
  ])('%s in %s', async (label, text, expected) => {
    expect(await redactString(withClasses(label), text)).toBe(expected)
  })
})

describe('overlap', () => {
  test('the higher priority wins, then the earlier, then the longer', async () => {
    const service = withClasses('email', 'fqdn', 'cidr', 'ipv4')
    expect(await redactString(service, 'jane@mail.example.com 10.0.0.0/8')).toBe('<pl:email:1> <pl:cidr:1>')
  })

  test('what lost to a neighbour is still found beside it', async () => {
    const service = serviceOf({
      profiles: {p: {classes: ['fqdn'], dictionaries: ['d']}},
      dictionaries: {d: {class: 'word', entries: ['alpha.'], word_boundary: false, priority: 80}},
    })
    expect(await redactString(service, 'alpha.beta.example')).toBe('<pl:word:1><pl:fqdn:1>')
  })

  test('a class that two sources feed has the priority of the source', async () => {
    const service = serviceOf({
      profiles: {p: {classes: ['email', 'aws-access-key'], dictionaries: ['d']}},
      dictionaries: {d: {class: 'aws-access-key', entries: ['example'], priority: 0}},
    })
    expect(await redactString(service, 'jane@example.com')).toBe('<pl:email:1>')
  })
})
