// The commands of TLS interception, as a newcomer meets them: what they write, print, refuse and leave alone. Runs the build.
// Stores are changed by fake programs on PATH that record how they were called.
import {spawnSync} from 'node:child_process'
import {X509Certificate} from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {createAuthority} from '../../src/lib/x509.js'
import {readAuthority} from '../../src/plugins/interception/authority-files.js'
import {runCommand} from '../support/warm-cli.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const DAY = 86_400_000

let folder: string
let home: string
const at = (...names: readonly string[]): string => join(folder, ...names)
const inHome = (...names: readonly string[]): string => join(home, ...names)
const env = () => ({PATH: `${at('bin')}:/usr/bin:/bin`, HOME: home, TERM: 'xterm', JAVA_HOME: at('jdk')})
const pipelock = (...words: readonly string[]) => {
  const {status, stdout, stderr} = runCommand(words, {cwd: folder, env: env()})
  return {status, out: stdout, err: stderr}
}
const document = (text: string) => JSON.parse(text) as Record<string, unknown>
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const fingerprint = (path: string): string => new X509Certificate(readFileSync(path)).fingerprint256

let homes = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))
beforeEach(() => {
  homes++
  home = at(`home-${homes}`)
  mkdirSync(home)
})

describe('tls init', () => {
  test('without an option it writes certificate and key to the home directory and prints the next steps', () => {
    const {status, out, err} = pipelock('tls', 'init')
    expect([status, err]).toEqual([0, ''])
    const [certificate, key] = [inHome('.pipelock', 'ca.pem'), inHome('.pipelock', 'ca-key.pem')]
    expect([mode(inHome('.pipelock')), mode(certificate), mode(key)]).toEqual(['700', '644', '600'])
    const made = new X509Certificate(readFileSync(certificate))
    expect([made.ca, made.subject]).toEqual([true, 'CN=Pipelock CA\nO=Pipelock'])
    const hours = (Date.parse(made.validTo) - Date.parse(made.validFrom)) / 3_600_000
    expect(hours).toBe(87_601)
    expect(out).toContain(`certificate: ${certificate}\nkey: ${key}\nSHA-256: ${made.fingerprint256}\nvalid until: `)
    expect(out).toContain('  pipelock tls install-ca\n')
    expect(out).toContain('  tls_interception:\n    enabled: true\n')
    expect(readdirSync(inHome('.pipelock')).sort()).toEqual(['ca-key.pem', 'ca.pem'])
  })

  test('a firewall can read and use the authority that it writes', async () => {
    pipelock('tls', 'init', '--permit-domain', 'a.example')
    const paths = {certificate: inHome('.pipelock', 'ca.pem'), key: inHome('.pipelock', 'ca-key.pem')}
    const authority = await readAuthority(paths, Date.now())
    const {chain} = await authority.issue('b.a.example', new Date(), new Date(Date.now() + DAY))
    expect(new X509Certificate(chain).verify(authority.certificate.publicKey)).toBe(true)
  })

  test.each(['ca.pem', 'ca-key.pem'])('where %s exists it is refused, and nothing changes', (name) => {
    mkdirSync(inHome('.pipelock'))
    writeFileSync(inHome('.pipelock', name), 'mine')
    const {status, err} = pipelock('tls', 'init')
    expect([status, err]).toEqual([
      1,
      expect.stringContaining(`error: file_exists: ${inHome('.pipelock', name)} exists`),
    ])
    expect(err).toContain('hint: pass --force')
    expect(readdirSync(inHome('.pipelock'))).toEqual([name])
    expect(readFileSync(inHome('.pipelock', name), 'utf8')).toBe('mine')
  })

  test('--force replaces both files and names the certificate that clients still trust', () => {
    pipelock('tls', 'init')
    const old = fingerprint(inHome('.pipelock', 'ca.pem'))
    const made = document(pipelock('tls', 'init', '--force', '--json').out)
    expect(made).toMatchObject({replaced: old, fingerprint: fingerprint(inHome('.pipelock', 'ca.pem'))})
    expect(made['fingerprint']).not.toBe(old)
    expect(mode(inHome('.pipelock', 'ca-key.pem'))).toBe('600')
  })

  test('--permit-domain limits the names, in the form of a certificate, each once', () => {
    const words = ['Corp.Example.', 'corp.example', 'bücher.example'].flatMap((name) => ['--permit-domain', name])
    expect(document(pipelock('tls', 'init', ...words, '--json').out)['permitted_domains']).toEqual([
      'corp.example',
      'xn--bcher-kva.example',
    ])
    expect(pipelock('tls', 'show-ca').err).toContain('permitted names: corp.example, xn--bcher-kva.example\n')
  })

  test('--out, --org and --validity are taken over, and the next steps name the folder', () => {
    const out = inHome('deep', 'er')
    const made = pipelock('tls', 'init', '--out', out, '--org', 'Example Ltd', '--validity', '48h')
    expect(made.status, made.err).toBe(0)
    const certificate = new X509Certificate(readFileSync(join(out, 'ca.pem')))
    expect(certificate.subject).toBe('CN=Pipelock CA\nO=Example Ltd')
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBe(49 * 3_600_000)
    expect(made.out).toContain(`pipelock tls install-ca --cert ${join(out, 'ca.pem')}`)
    expect(made.out).toContain(`    ca_key: "${join(out, 'ca-key.pem')}"`)
  })

  test.each([
    ['a wildcard', ['--permit-domain', '*.example']],
    ['an address', ['--permit-domain', '10.0.0.1']],
    ['an IPv6 address', ['--permit-domain', '::1']],
    ['a port', ['--permit-domain', 'a.example:443']],
    ['an empty domain', ['--permit-domain', '']],
    ['an empty organization', ['--org', ' ']],
    ['a validity of minutes', ['--validity', '5m']],
    ['a validity of a century', ['--validity', '876000h']],
    ['a validity without a unit', ['--validity', '10']],
  ])('%s is refused and nothing is written', (_, words) => {
    const {status, err} = pipelock('tls', 'init', ...words)
    expect([status, err]).toEqual([2, expect.stringMatching(/^error: usage: .*\nhint: .*\n$/)])
    expect(readdirSync(home)).toEqual([])
  })

  test.each(['a directory', 'a link'])('--force does not replace %s, and the other file stays', (kind) => {
    pipelock('tls', 'init')
    const key = inHome('.pipelock', 'ca-key.pem')
    renameSync(key, inHome('key'))
    if (kind === 'a link') symlinkSync(inHome('key'), key)
    else mkdirSync(key)
    const before = fingerprint(inHome('.pipelock', 'ca.pem'))
    const {status, err} = pipelock('tls', 'init', '--force')
    expect([status, err]).toEqual([1, expect.stringContaining(`error: file_not_regular: ${key} is not a regular file`)])
    expect(fingerprint(inHome('.pipelock', 'ca.pem'))).toBe(before)
    expect(readdirSync(inHome('.pipelock')).sort()).toEqual(['ca-key.pem', 'ca.pem'])
  })

  test('a folder below a file is refused with the remedy', () => {
    writeFileSync(inHome('file'), '')
    const {status, err} = pipelock('tls', 'init', '--out', inHome('file', 'x'))
    expect([status, err]).toEqual([1, expect.stringContaining('choose another folder with --out')])
  })
})

describe('tls show-ca', () => {
  test('prints the file on standard output and the facts on standard error', () => {
    pipelock('tls', 'init')
    const path = inHome('.pipelock', 'ca.pem')
    const {status, out, err} = pipelock('tls', 'show-ca')
    expect([status, out]).toEqual([0, readFileSync(path, 'utf8')])
    expect(err).toContain(`SHA-256: ${fingerprint(path)}\nsubject: CN=Pipelock CA, O=Pipelock\nvalid: `)
    expect(err).toContain('permitted names: every name\n')
  })

  test('--json has everything in the document', () => {
    pipelock('tls', 'init', '--permit-domain', 'a.example')
    const path = inHome('.pipelock', 'ca.pem')
    const {out, err} = pipelock('tls', 'show-ca', '--json')
    expect(err).toBe('')
    expect(document(out)).toEqual({
      certificate: path,
      pem: readFileSync(path, 'utf8'),
      fingerprint: fingerprint(path),
      subject: 'CN=Pipelock CA, O=Pipelock',
      not_before: expect.stringMatching(/Z$/) as string,
      not_after: expect.stringMatching(/Z$/) as string,
      permitted_domains: ['a.example'],
    })
  })

  test('without a certificate the hint is to create one', () => {
    const {status, err} = pipelock('tls', 'show-ca')
    expect([status, err]).toEqual([1, expect.stringContaining('create it with pipelock tls init')])
  })
})

/** Fake programs that keep one certificate in a file, as the store of a profile or runtime does. */
function fakeProgram(name: string, body: string): void {
  mkdirSync(at('bin'), {recursive: true})
  writeFileSync(at('bin', name), `#!/bin/sh\necho "${name} $*" >> "${inHome('calls')}"\n${body}\n`)
  chmodSync(at('bin', name), 0o755)
}

function fakeStores(): void {
  for (const [name, show, add, path] of [
    ['keytool', '-exportcert', '-importcert', '$5'],
    ['certutil', '-L', '-A', '$9'],
  ] as const) {
    const store = inHome(`${name}-store`)
    fakeProgram(
      name,
      `case "$1" in
  ${show}) test -e "${store}" || { echo "Could not find cert" >&2; exit 255; }; cat "${store}" ;;
  ${add}) cp "${path}" "${store}" ;;
  *) rm "${store}" ;;
esac`,
    )
  }
}

const calls = (): readonly string[] =>
  existsSync(inHome('calls')) ? readFileSync(inHome('calls'), 'utf8').trimEnd().split('\n') : []

const profile = () => inHome('.mozilla', 'firefox', 'x.default')
const environmentFile = () => inHome('.config', 'environment.d', 'pipelock-ca.conf')
const isLinux = process.platform === 'linux'

describe('tls install-ca and uninstall-ca', () => {
  let certificate: string
  beforeEach(() => {
    fakeStores()
    mkdirSync(profile(), {recursive: true})
    writeFileSync(join(profile(), 'cert9.db'), '')
    pipelock('tls', 'init')
    certificate = inHome('.pipelock', 'ca.pem')
  })

  test.each(['install-ca', 'uninstall-ca'])(
    '%s without a flag of a store prints instructions and changes nothing',
    (name) => {
      const before = readdirSync(home, {recursive: true}).sort()
      const {status, out, err} = pipelock('tls', name)
      expect([status, err]).toEqual([0, ''])
      expect(out).toContain('Nothing was changed.')
      for (const store of ['firefox', 'java']) expect(out).toContain(`pipelock tls ${name} --${store}\n`)
      expect(out).toContain('NODE_EXTRA_CA_CERTS')
      expect([readdirSync(home, {recursive: true}).sort(), calls()]).toEqual([before, []])
    },
  )

  test('the instructions say which variables replace a list, and how their bundle is made', () => {
    const {out} = pipelock('tls', 'install-ca')
    const [adds = '', replaces = ''] = out.split('These replace the list')
    expect(adds).toContain(`export NODE_EXTRA_CA_CERTS=${certificate}`)
    const bundle = inHome('.pipelock', 'ca-bundle.pem')
    expect(replaces).toContain(`${certificate} > ${bundle}\n`)
    for (const name of [
      'SSL_CERT_FILE',
      'REQUESTS_CA_BUNDLE',
      'CURL_CA_BUNDLE',
      'GIT_SSL_CAINFO',
      'CARGO_HTTP_CAINFO',
    ]) {
      expect(replaces).toContain(`export ${name}=${bundle}`)
    }
  })

  test('--dry-run prints the actions of a store and runs nothing', () => {
    const {status, out} = pipelock('tls', 'install-ca', '--firefox', '--java', '--dry-run')
    expect(status).toBe(0)
    expect(out).toContain(`Firefox profile ${profile()}:\n`)
    expect(out).toContain(
      `run ${at('bin', 'certutil')} -A -d sql:${profile()} -n 'Pipelock CA' -t C,, -i ${certificate}`,
    )
    expect(out).toContain(
      `run ${at('bin', 'keytool')} -importcert -noprompt -trustcacerts -file ${certificate} -cacerts`,
    )
    expect(calls()).toEqual([])
  })

  test('--system --dry-run prints the actions of this machine, or says that it has no store', () => {
    const {status, out, err} = pipelock('tls', 'install-ca', '--system', '--dry-run')
    if (status === 0) expect(out).toMatch(/System store \(.+\), as root:\n {2}(?:copy|run) /)
    else expect(err).toContain('error: trust_store_unavailable: no system store of certificates is known')
  })

  test('stores are changed with --yes, once, and changed back', () => {
    const flags = ['--firefox', '--java', '--node-env', '--yes']
    const installed = pipelock('tls', 'install-ca', ...flags)
    expect(installed.status, installed.err).toBe(0)
    expect(installed.err).toContain(`read the present certificate: ${at('bin', 'certutil')} -L`)
    expect(installed.out).toContain(`export NODE_EXTRA_CA_CERTS=${certificate}\n`)
    const names = `-d sql:${profile()} -n Pipelock CA`
    const java = '-cacerts -alias pipelock-ca -storepass changeit'
    expect(calls()).toEqual([
      `certutil -L ${names} -a`,
      `certutil -A ${names} -t C,, -i ${certificate}`,
      `keytool -exportcert -rfc ${java} -J-Duser.language=en`,
      `keytool -importcert -noprompt -trustcacerts -file ${certificate} ${java}`,
    ])
    for (const name of ['keytool-store', 'certutil-store'])
      expect(fingerprint(inHome(name))).toBe(fingerprint(certificate))
    if (isLinux) expect(readFileSync(environmentFile(), 'utf8')).toContain(`\nNODE_EXTRA_CA_CERTS=${certificate}\n`)

    const again = document(pipelock('tls', 'install-ca', ...flags, '--json').out)
    expect(outcomes(again)).toEqual(['unchanged', 'unchanged', ...(isLinux ? ['unchanged'] : [])])
    const removed = pipelock('tls', 'uninstall-ca', ...flags, '--json')
    expect(removed.status, removed.err).toBe(0)
    expect(outcomes(document(removed.out))).toEqual(['done', 'done', ...(isLinux ? ['done'] : [])])
    for (const path of [inHome('keytool-store'), inHome('certutil-store'), environmentFile()]) {
      expect(existsSync(path)).toBe(false)
    }
  })

  test('after tls init --force the new certificate replaces the old one', () => {
    pipelock('tls', 'install-ca', '--java', '--yes')
    pipelock('tls', 'init', '--force')
    expect(pipelock('tls', 'install-ca', '--java', '--yes').status).toBe(0)
    expect(fingerprint(inHome('keytool-store'))).toBe(fingerprint(certificate))
    expect(calls().filter((line) => line.startsWith('keytool -delete'))).toHaveLength(1)
  })

  test('uninstall-ca leaves what install-ca did not make, reports it and ends with 1', () => {
    pipelock('tls', 'init', '--out', inHome('other'))
    writeFileSync(inHome('keytool-store'), readFileSync(inHome('other', 'ca.pem')))
    const {status, out} = pipelock('tls', 'uninstall-ca', '--java', '--firefox', '--yes')
    expect(status).toBe(1)
    expect(out).toContain('-storepass changeit: left in place')
    expect(out).toContain(`'Pipelock CA': not there`)
    expect(fingerprint(inHome('keytool-store'))).toBe(fingerprint(inHome('other', 'ca.pem')))
  })

  test('a failure of a program is quoted, with its arguments', () => {
    fakeProgram(
      'certutil',
      'test "$1" = -L && echo "Could not find cert" >&2 || echo "SEC_ERROR_BAD_PASSWORD" >&2; exit 255',
    )
    const {status, err} = pipelock('tls', 'install-ca', '--firefox', '--yes')
    expect(status).toBe(1)
    expect(err).toContain(`-i ${certificate} ended with status 255: SEC_ERROR_BAD_PASSWORD\n`)
    expect(err).toContain('error: trust_store_failed: ')
  })

  test('--json lists certificate, stores with their actions, problems, variables and what was applied', () => {
    const shown = document(pipelock('tls', 'install-ca', '--java', '--dry-run', '--json').out)
    expect(shown).toEqual({
      certificate,
      fingerprint: fingerprint(certificate),
      not_after: expect.stringMatching(/Z$/) as string,
      stores: [
        {
          store: 'java',
          name: `Java (${at('bin', 'keytool')})`,
          needs_root: false,
          actions: [
            expect.objectContaining({kind: 'inspect'}),
            expect.objectContaining({kind: 'run', when: ['other']}),
            expect.objectContaining({kind: 'run', when: ['other', 'absent'], program: at('bin', 'keytool')}),
          ],
        },
      ],
      problems: [],
      variables: expect.arrayContaining([
        {
          name: 'NODE_EXTRA_CA_CERTS',
          value: certificate,
          programs: 'Node.js',
          replaces: false,
          line: `export NODE_EXTRA_CA_CERTS=${certificate}`,
        },
      ]) as unknown,
      bundle: expect.stringContaining('ca-bundle.pem') as string,
      applied: [],
    })
  })

  test('--node-env without --yes prints the line alone and writes nothing', () => {
    const {status, out} = pipelock('tls', 'install-ca', '--node-env')
    expect([status, out]).toEqual([0, `export NODE_EXTRA_CA_CERTS=${certificate}\n`])
    expect(existsSync(environmentFile())).toBe(false)
  })

  test.each([['install-ca'], ['uninstall-ca']])('%s without --yes is refused where nobody can be asked', (name) => {
    const {status, err} = pipelock('tls', name, '--java')
    expect([status, err]).toEqual([2, expect.stringContaining('confirm them with --yes')])
    expect(calls()).toEqual([])
  })

  test('the system store is refused without root, with the commands to run', ({skip}) => {
    const readable = mkdtempSync('/tmp/tls-')
    try {
      chmodSync(readable, 0o755)
      writeFileSync(join(readable, 'ca.pem'), readFileSync(certificate), {mode: 0o644})
      const user = process.geteuid?.() === 0 ? {uid: 65_534, gid: 65_534} : {}
      const asUser = (...words: readonly string[]) =>
        spawnSync(process.execPath, [entry, ...words], {cwd: '/', env: env(), encoding: 'utf8', ...user})
      if (asUser('version').status !== 0) skip('the checkout is not readable for a user without rights')
      const words = ['--cert', join(readable, 'ca.pem'), '--system', '--yes']
      const {status, stderr} = asUser('tls', 'install-ca', ...words)
      expect(status, stderr).toBe(1)
      expect(stderr).toMatch(
        /^error: trust_store_unavailable: (?:only root can change the system store\nhint: run as root: |no system store)/,
      )
    } finally {
      rmSync(readable, {recursive: true, force: true})
    }
  })

  describe('a certificate file', () => {
    const refused = (text: string): string => {
      writeFileSync(inHome('given.pem'), text)
      const {status, err} = pipelock('tls', 'install-ca', '--cert', inHome('given.pem'), '--java', '--yes')
      expect([status, calls()]).toEqual([1, []])
      return err
    }
    const key = () => readFileSync(inHome('.pipelock', 'ca-key.pem'), 'utf8')
    const own = () => readFileSync(certificate, 'utf8')
    const authority = async (notBefore: number, notAfter: number) => {
      const now = Date.now()
      const dates = {notBefore: new Date(now + notBefore), notAfter: new Date(now + notAfter)}
      return createAuthority({commonName: 'CA', organization: 'Tests', permittedDomains: [], ...dates})
    }

    test('with a private key is refused, wherever the key is and in whichever form', () => {
      for (const text of [
        key(),
        own() + key(),
        key() + own(),
        own() + key().replace('EC PRIVATE', 'ENCRYPTED PRIVATE'),
      ]) {
        expect(refused(text)).toMatch(/^error: ca_unusable: .*: it holds a private key\n/)
      }
    })

    test('that is not one valid certificate authority is refused, with the reason', async () => {
      expect(refused('text')).toContain('it holds 0 PEM certificates, not one')
      expect(refused(own() + own())).toContain('it holds 2 PEM certificates, not one')
      expect(refused(own().replace('MII', 'XXX'))).toContain('it is not a PEM certificate')
      expect(refused((await authority(-2 * DAY, -DAY)).certificate)).toContain('expired on ')
      expect(refused((await authority(DAY, 2 * DAY)).certificate)).toContain('is not valid before ')
    })

    test('that has expired can still be removed', async () => {
      const {certificate: expired} = await authority(-2 * DAY, -DAY)
      writeFileSync(inHome('given.pem'), expired)
      writeFileSync(inHome('keytool-store'), expired)
      const {status, err} = pipelock('tls', 'uninstall-ca', '--cert', inHome('given.pem'), '--java', '--yes')
      expect(status, err).toBe(0)
      expect(existsSync(inHome('keytool-store'))).toBe(false)
    })
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  test.skipIf(!hasScript).each([
    ['n', 1, 'nothing was changed'],
    ['y', 0, '-storepass changeit: done'],
  ])('at a terminal the actions are listed and confirmed: %s', (reply, status, text) => {
    const words = [process.execPath, entry, 'tls', 'install-ca', '--java'].map((word) => `'${word}'`)
    const ended = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], {
      cwd: folder,
      env: env(),
      input: `${reply}\n`,
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(ended.status, ended.stdout).toBe(status)
    expect(ended.stdout).toContain('Carry out these actions?')
    expect(ended.stdout.indexOf('run ')).toBeLessThan(ended.stdout.indexOf('Carry out'))
    expect(ended.stdout).toContain(text)
    expect(existsSync(inHome('keytool-store'))).toBe(status === 0)
  })
  if (!hasScript) console.warn('script (util-linux) is missing: the confirmation at a terminal is not tested')
})

function outcomes(result: Record<string, unknown>): readonly string[] {
  const applied = result['applied'] as readonly {readonly actions: readonly {readonly outcome: string}[]}[]
  return applied.flatMap(({actions}) => actions.map(({outcome}) => outcome))
}
