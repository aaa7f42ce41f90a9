// The table of trust stores: which actions on which machine, their reverse, and what carrying them out leaves behind. The
// programs of a store are scripts below a temporary root that record how they were called.
import {X509Certificate} from 'node:crypto'
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {createAuthority} from '../../../../src/lib/x509.js'
import {applyPlan} from '../../../../src/plugins/interception/apply.js'
import {readCertificateFile, type CertificateFile} from '../../../../src/plugins/interception/ca-files.js'
import {
  planStores,
  rootCommands,
  systemBundle,
  trustVariables,
  type Action,
  type Direction,
  type Machine,
  type StoreId,
  type StorePlan,
} from '../../../../src/plugins/interception/trust-stores.js'

/** For the scripts, which use cp, cat and rm. */
const ENVIRONMENT = {PATH: '/usr/bin:/bin'}
const CERTIFICATE = {path: '/ca/ca.pem', sha1: 'A1', sha256: 'A256'}

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trust-stores-'))
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

/** A machine with these files; its home directory is /home/anna. */
function machineWith(files: readonly string[], over: Partial<Machine> = {}): Machine {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), {recursive: true})
    writeFileSync(join(root, file), '')
  }
  return {
    platform: 'linux',
    env: {PATH: `${join(root, 'usr/bin')}:bin:`},
    userHome: join(root, 'home/anna'),
    root,
    exists: existsSync,
    list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
    ...over,
  }
}

/** The actions as lines, without the temporary root. */
function linesOf(actions: readonly Action[]): readonly string[] {
  return actions.map((action) => {
    const words =
      'program' in action
        ? [action.program, ...action.args]
        : [action.kind, action.kind === 'remove' ? action.path : action.to]
    const when = action.kind === 'run' && action.when ? ` when ${action.when.join(' or ')}` : ''
    return words.join(' ').replaceAll(root, '') + when
  })
}

function planned(store: StoreId, machine: Machine, direction: Direction) {
  const {plans, problem} = planStores(store, machine, CERTIFICATE, direction)
  return {
    names: plans.map(({name}) => name.replaceAll(root, '')),
    actions: plans.map(({actions}) => linesOf(actions)),
    problem: problem?.problem,
    hint: problem?.hint,
  }
}

describe('system store', () => {
  const refresh = '/usr/sbin/update-ca-certificates'
  const local = '/usr/local/share/ca-certificates/pipelock-ca.crt'
  test.each([
    [
      'Debian, Ubuntu',
      [refresh, '/usr/local/share/ca-certificates/x.crt'],
      [`copy ${local}`, refresh],
      [`remove ${local}`, `${refresh} --fresh`],
    ],
    [
      'Alpine',
      [refresh, '/usr/local/share/ca-certificates/x.crt', '/etc/alpine-release'],
      [`copy ${local}`, refresh],
      [`remove ${local}`, refresh],
    ],
    [
      'Fedora, RHEL',
      ['/usr/bin/update-ca-trust', '/etc/pki/ca-trust/source/anchors/x', '/usr/bin/trust'],
      ['copy /etc/pki/ca-trust/source/anchors/pipelock-ca.pem', '/usr/bin/update-ca-trust extract'],
      ['remove /etc/pki/ca-trust/source/anchors/pipelock-ca.pem', '/usr/bin/update-ca-trust extract'],
    ],
    [
      'SUSE',
      [refresh, '/etc/pki/trust/anchors/x', '/usr/bin/trust'],
      ['copy /etc/pki/trust/anchors/pipelock-ca.pem', refresh],
      ['remove /etc/pki/trust/anchors/pipelock-ca.pem', refresh],
    ],
    [
      'Arch',
      ['/usr/bin/trust', '/etc/ca-certificates/trust-source/anchors/x'],
      ['copy /etc/ca-certificates/trust-source/anchors/pipelock-ca.pem', '/usr/bin/trust extract-compat'],
      ['remove /etc/ca-certificates/trust-source/anchors/pipelock-ca.pem', '/usr/bin/trust extract-compat'],
    ],
  ])('%s: copies the certificate and refreshes, and removes it again', (name, files, install, uninstall) => {
    const machine = machineWith(files)
    expect(planned('system', machine, 'install')).toMatchObject({names: [`System store (${name})`], actions: [install]})
    expect(planned('system', machine, 'uninstall').actions).toEqual([uninstall])
    const [plan] = planStores('system', machine, CERTIFICATE, 'install').plans
    expect(plan?.needsRoot).toBe(true)
  })

  test('macOS: trusts by path, and removes the settings and the certificate by its fingerprint', () => {
    const machine = machineWith(['/usr/bin/security'], {platform: 'darwin'})
    const keychain = '/Library/Keychains/System.keychain'
    expect(planned('system', machine, 'install').actions).toEqual([
      [`/usr/bin/security add-trusted-cert -d -r trustRoot -k ${keychain} /ca/ca.pem`],
    ])
    expect(planned('system', machine, 'uninstall').actions).toEqual([
      [
        '/usr/bin/security remove-trusted-cert -d /ca/ca.pem',
        `/usr/bin/security delete-certificate -Z A256 ${keychain}`,
      ],
    ])
  })

  test('Windows: adds to Root, and deletes by fingerprint', () => {
    const program = 'C:\\Windows\\System32/certutil.exe'
    const machine = machineWith([], {
      platform: 'win32',
      env: {Path: 'relative;C:\\Windows\\System32'},
      exists: (path) => path === program,
    })
    expect(planned('system', machine, 'install').actions).toEqual([[`${program} -addstore -f Root /ca/ca.pem`]])
    expect(planned('system', machine, 'uninstall').actions).toEqual([[`${program} -delstore Root A1`]])
  })

  test.each([
    ['without the program', ['/usr/local/share/ca-certificates/x.crt']],
    ['without the folder', [refresh]],
    [
      'with the program in a relative folder of PATH only',
      ['bin/update-ca-trust', '/etc/pki/ca-trust/source/anchors/x'],
    ],
  ])('a machine %s has none, and the hint names what to install', (_, files) => {
    const {actions, problem, hint} = planned('system', machineWith(files), 'install')
    expect([actions, problem]).toEqual([[], 'no system store of certificates is known on this machine'])
    expect(hint).toContain('ca-certificates')
  })

  test('the commands for root are those of stores that need it, quoted for a shell', () => {
    const machine = machineWith([refresh, '/usr/local/share/ca-certificates/x.crt', '/usr/bin/keytool'])
    const plans = (direction: Direction) =>
      (['system', 'java'] as const).flatMap((store) => planStores(store, machine, CERTIFICATE, direction).plans)
    const commands = (direction: Direction) =>
      rootCommands(plans(direction), '/ca of mine/ca.pem').map((line) => line.replaceAll(root, ''))
    expect(commands('install')).toEqual([`install -m 0644 '/ca of mine/ca.pem' ${local}`, refresh])
    expect(commands('uninstall')).toEqual([`rm ${local}`, `${refresh} --fresh`])
  })
})

describe('Firefox', () => {
  const profiles = [
    '/home/anna/.mozilla/firefox/a.default/cert9.db',
    '/home/anna/snap/firefox/common/.mozilla/firefox/b.default/cert9.db',
    '/home/anna/.var/app/org.mozilla.firefox/.mozilla/firefox/c.default/cert9.db',
  ]

  test('every profile with a store is changed: of packages, snap and flatpak', () => {
    const machine = machineWith([...profiles, '/home/anna/.mozilla/firefox/profiles.ini', '/usr/bin/certutil'])
    const {actions} = planned('firefox', machine, 'install')
    expect(actions).toHaveLength(3)
    const profile = '-d sql:/home/anna/.mozilla/firefox/a.default -n Pipelock CA'
    expect(actions[0]).toEqual([
      `/usr/bin/certutil -L ${profile} -a`,
      `/usr/bin/certutil -D ${profile} when other`,
      `/usr/bin/certutil -A ${profile} -t C,, -i /ca/ca.pem when other or absent`,
    ])
    expect(planned('firefox', machine, 'uninstall').actions[0]).toEqual([
      `/usr/bin/certutil -L ${profile} -a`,
      `/usr/bin/certutil -D ${profile} when same`,
    ])
  })

  test('profiles and the environment file are below XDG_CONFIG_HOME where it is an absolute path', () => {
    const machine = machineWith(['/config/mozilla/firefox/e/cert9.db', '/usr/bin/certutil'])
    const own = {...machine, env: {...machine.env, XDG_CONFIG_HOME: join(root, 'config')}}
    expect(planned('firefox', own, 'install').names).toEqual(['Firefox profile /config/mozilla/firefox/e'])
    expect(planned('node-env', own, 'install').actions).toEqual([['write /config/environment.d/pipelock-ca.conf']])
    const relative = {...machine, env: {...machine.env, XDG_CONFIG_HOME: 'config'}}
    expect(planned('node-env', relative, 'install').actions).toEqual([
      ['write /home/anna/.config/environment.d/pipelock-ca.conf'],
    ])
  })

  test('profiles of macOS are changed', () => {
    const files = ['/home/anna/Library/Application Support/Firefox/Profiles/d/cert9.db', '/usr/bin/certutil']
    expect(planned('firefox', machineWith(files, {platform: 'darwin'}), 'install').names).toEqual([
      'Firefox profile /home/anna/Library/Application Support/Firefox/Profiles/d',
    ])
  })

  test.each([
    [
      'Debian',
      ['/usr/sbin/update-ca-certificates', '/usr/local/share/ca-certificates/x'],
      {},
      'apt install libnss3-tools',
    ],
    ['macOS', [], {platform: 'darwin'}, 'brew install nss'],
    ['an unknown system', [], {}, 'install the package that holds it: libnss3-tools or nss-tools'],
  ] as const)('without certutil the hint names the package of %s', (_, files, over, hint) => {
    const plan = planned('firefox', machineWith([...profiles, ...files], over), 'install')
    expect([plan.actions, plan.hint]).toEqual([[], hint])
    expect(plan.problem).toContain('certutil')
  })

  test('on Windows the hint names the system store, since certutil is another program there', () => {
    expect(planned('firefox', machineWith(profiles, {platform: 'win32'}), 'install').hint).toBe(
      'pipelock tls install-ca --system',
    )
  })

  test('without a profile there is nothing to change', () => {
    expect(planned('firefox', machineWith(['/usr/bin/certutil']), 'install').problem).toContain('no Firefox profile')
  })
})

describe('Java', () => {
  const store = '-cacerts -alias pipelock-ca -storepass changeit'

  test('keytool of JAVA_HOME comes before the one on PATH', () => {
    const machine = machineWith(['/jdk/bin/keytool', '/usr/bin/keytool'])
    const own = {...machine, env: {...machine.env, JAVA_HOME: join(root, 'jdk')}}
    expect(planned('java', own, 'install').names).toEqual(['Java (/jdk/bin/keytool)'])
    expect(planned('java', machine, 'install').actions).toEqual([
      [
        `/usr/bin/keytool -exportcert -rfc ${store} -J-Duser.language=en`,
        `/usr/bin/keytool -delete -noprompt ${store} when other`,
        `/usr/bin/keytool -importcert -noprompt -trustcacerts -file /ca/ca.pem ${store} when other or absent`,
      ],
    ])
    expect(planned('java', machine, 'uninstall').actions).toEqual([
      [
        `/usr/bin/keytool -exportcert -rfc ${store} -J-Duser.language=en`,
        `/usr/bin/keytool -delete -noprompt ${store} when same`,
      ],
    ])
  })

  test('without keytool the problem says where it was searched', () => {
    expect(planned('java', machineWith([]), 'install').problem).toBe(
      'keytool was found neither in JAVA_HOME nor on PATH',
    )
  })
})

describe('variables', () => {
  test('NODE_EXTRA_CA_CERTS adds to a list and names the certificate; the others replace one and name the bundle', () => {
    const variables = trustVariables(CERTIFICATE, '/ca/bundle.pem')
    expect(variables.filter(({replaces}) => !replaces)).toEqual([
      {name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.pem', programs: 'Node.js', replaces: false},
    ])
    expect(variables.filter(({replaces}) => replaces).map(({name, value}) => [name, value])).toEqual(
      ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO', 'CARGO_HTTP_CAINFO'].map((name) => [
        name,
        '/ca/bundle.pem',
      ]),
    )
  })

  test('the bundle of the system is the first known file', () => {
    expect(systemBundle(machineWith([]))).toBeUndefined()
    const machine = machineWith(['/etc/ssl/cert.pem', '/etc/pki/tls/certs/ca-bundle.crt'])
    expect(systemBundle(machine)).toBe(join(root, 'etc/pki/tls/certs/ca-bundle.crt'))
  })

  test('systemd user sessions get a file on Linux, and other systems none', () => {
    const file = '/home/anna/.config/environment.d/pipelock-ca.conf'
    expect(planned('node-env', machineWith([]), 'install').actions).toEqual([[`write ${file}`]])
    expect(planned('node-env', machineWith([]), 'uninstall').actions).toEqual([[`remove ${file}`]])
    expect(planned('node-env', machineWith([], {platform: 'darwin'}), 'install').actions).toEqual([[]])
  })

  test('a path that environment.d would expand is refused with the line to set by hand', () => {
    const {problem, hint} =
      planStores('node-env', machineWith([]), {...CERTIFICATE, path: '/a $b/ca.pem'}, 'install').problem ?? {}
    expect(problem).toContain('/a $b/ca.pem has a character')
    expect(hint).toBe("set the variable yourself: export NODE_EXTRA_CA_CERTS='/a $b/ca.pem'")
  })
})

describe('carrying out', () => {
  let authorities: readonly string[]
  beforeAll(async () => {
    const options = {commonName: 'Pipelock CA', organization: 'Tests', permittedDomains: []}
    const [notBefore, notAfter] = [new Date(Date.now() - 1000), new Date(Date.now() + 86_400_000)]
    const made = [0, 1].map(() => createAuthority({...options, notBefore, notAfter}))
    authorities = (await Promise.all(made)).map(({certificate}) => certificate)
  })

  let file: CertificateFile
  let other: string
  let machine: Machine
  const target = () => join(root, 'usr/local/share/ca-certificates/pipelock-ca.crt')
  const calls = () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '')
  beforeEach(() => {
    const [own = '', strange = ''] = authorities
    other = strange
    machine = machineWith(['/usr/local/share/ca-certificates/x.crt', '/usr/sbin/update-ca-certificates', '/ca.pem'])
    writeFileSync(join(root, 'ca.pem'), own)
    file = readCertificateFile(join(root, 'ca.pem'))
    script('usr/sbin/update-ca-certificates', 'exit 0')
  })

  function script(path: string, body: string): void {
    mkdirSync(dirname(join(root, path)), {recursive: true})
    writeFileSync(join(root, path), `#!/bin/sh\necho "${basename(path)} $*" >> "${root}/calls"\n${body}\n`)
    chmodSync(join(root, path), 0o755)
  }

  function plan(store: StoreId, direction: Direction): StorePlan {
    const {plans} = planStores(store, machine, {...CERTIFICATE, path: file.path}, direction)
    const [only] = plans
    if (!only) throw new Error('the machine has no such store')
    return only
  }

  const outcomes = async (store: StoreId, direction: Direction) =>
    (await applyPlan(plan(store, direction), file, ENVIRONMENT)).map(({action, outcome}) => `${action.kind} ${outcome}`)

  test('planning runs nothing and changes no file', () => {
    plan('system', 'install')
    plan('system', 'uninstall')
    expect([calls(), existsSync(target())]).toEqual(['', false])
  })

  test('system store: installs once, replaces another certificate, and removes its own', async () => {
    expect(await outcomes('system', 'install')).toEqual(['copy done', 'run done'])
    expect(new X509Certificate(readFileSync(target())).fingerprint256).toBe(file.certificate.fingerprint256)
    expect(await outcomes('system', 'install')).toEqual(['copy unchanged', 'run done'])
    writeFileSync(target(), other)
    expect(await outcomes('system', 'install')).toEqual(['copy done', 'run done'])
    expect(await outcomes('system', 'uninstall')).toEqual(['remove done', 'run done'])
    expect(existsSync(target())).toBe(false)
    expect(await outcomes('system', 'uninstall')).toEqual(['remove absent', 'run done'])
    expect(calls()).toBe(
      ['', '', '', ' --fresh', ' --fresh'].map((args) => `update-ca-certificates${args || ' '}\n`).join(''),
    )
  })

  test.each(['another certificate', 'a text'])(
    'system store: %s under its name is left, and nothing runs',
    async (what) => {
      const content = what === 'a text' ? 'mine\n' : other
      writeFileSync(target(), content)
      expect(await outcomes('system', 'uninstall')).toEqual(['remove left'])
      expect([readFileSync(target(), 'utf8'), calls()]).toEqual([content, ''])
    },
  )

  test('only the certificate is copied, without the text around it', async () => {
    writeFileSync(file.path, `a note\n${authorities[0] ?? ''}another note\n`)
    file = readCertificateFile(file.path)
    await applyPlan(plan('system', 'install'), file, ENVIRONMENT)
    expect(readFileSync(target(), 'utf8')).toBe(file.pem)
    expect(file.pem).toMatch(/^-----BEGIN CERTIFICATE-----\n[^-]+\n-----END CERTIFICATE-----\n$/)
  })

  test('a program that fails is quoted with its arguments, status and output', async () => {
    script('usr/sbin/update-ca-certificates', 'echo "no space left" >&2; exit 3')
    await expect(applyPlan(plan('system', 'install'), file, ENVIRONMENT)).rejects.toMatchObject({
      code: 'trust_store_failed',
      message: `${join(root, 'usr/sbin/update-ca-certificates')} ended with status 3: no space left`,
    })
  })

  test('a folder that cannot be written is reported with its path', async () => {
    mkdirSync(target())
    await expect(applyPlan(plan('system', 'install'), file, ENVIRONMENT)).rejects.toMatchObject({
      code: 'trust_store_failed',
      message: expect.stringContaining(`${target()} cannot be written`) as string,
    })
  })

  describe('a store with names', () => {
    const stored = () => join(root, 'java-store')
    beforeEach(() => {
      script(
        'usr/bin/keytool',
        `store="${stored()}"
case "$1" in
  -exportcert) test -e "$store" || { echo "keytool error: alias does not exist"; exit 1; }; cat "$store" ;;
  -importcert) test -e "$store" && { echo "keytool error: alias exists"; exit 1; }; cp "$5" "$store" ;;
  -delete) rm "$store" ;;
esac`,
      )
    })
    const steps = () =>
      calls()
        .split('\n')
        .filter((line) => line.startsWith('keytool'))
        .map((line) => line.split(' ')[1])

    test('adds the certificate once', async () => {
      expect(await outcomes('java', 'install')).toEqual(['run done'])
      expect(readFileSync(stored(), 'utf8')).toBe(readFileSync(file.path, 'utf8'))
      expect(await outcomes('java', 'install')).toEqual(['run unchanged'])
      expect(steps()).toEqual(['-exportcert', '-importcert', '-exportcert'])
    })

    test('replaces another certificate of the name', async () => {
      writeFileSync(stored(), other)
      expect(await outcomes('java', 'install')).toEqual(['run done', 'run done'])
      expect(readFileSync(stored(), 'utf8')).toBe(readFileSync(file.path, 'utf8'))
    })

    test('removes its own certificate, leaves another one, and accepts that there is none', async () => {
      writeFileSync(stored(), file.pem)
      expect(await outcomes('java', 'uninstall')).toEqual(['run done'])
      expect(await outcomes('java', 'uninstall')).toEqual(['run absent'])
      writeFileSync(stored(), other)
      expect(await outcomes('java', 'uninstall')).toEqual(['run left'])
      expect(readFileSync(stored(), 'utf8')).toBe(other)
    })

    test('a store that cannot be read is an error, and not a store without the certificate', async () => {
      script('usr/bin/keytool', 'echo "keytool error: keystore password was incorrect"; exit 1')
      for (const direction of ['install', 'uninstall'] as const) {
        await expect(applyPlan(plan('java', direction), file, ENVIRONMENT)).rejects.toMatchObject({
          code: 'trust_store_failed',
          message: expect.stringContaining('password was incorrect') as string,
        })
      }
    })

    test('an error on standard output is quoted where standard error is empty', async () => {
      script(
        'usr/bin/keytool',
        'test "$1" = -exportcert && echo "does not exist" || echo "keytool error: read-only"; exit 1',
      )
      await expect(applyPlan(plan('java', 'install'), file, ENVIRONMENT)).rejects.toMatchObject({
        message: expect.stringMatching(/-storepass changeit ended with status 1: keytool error: read-only$/) as string,
      })
    })
  })

  test('the environment file is written once and removed; a changed one is left', async () => {
    expect(await outcomes('node-env', 'install')).toEqual(['write done'])
    const path = join(root, 'home/anna/.config/environment.d/pipelock-ca.conf')
    expect(readFileSync(path, 'utf8')).toBe(`# written by pipelock tls install-ca\nNODE_EXTRA_CA_CERTS=${file.path}\n`)
    expect(await outcomes('node-env', 'install')).toEqual(['write unchanged'])
    writeFileSync(path, 'NODE_EXTRA_CA_CERTS=/mine\n')
    expect(await outcomes('node-env', 'uninstall')).toEqual(['remove left'])
    await outcomes('node-env', 'install')
    expect(await outcomes('node-env', 'uninstall')).toEqual(['remove done'])
    expect(existsSync(path)).toBe(false)
  })
})
