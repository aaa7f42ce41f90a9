// The stores of certificates that clients trust, as a table: what has to be copied and run to add the authority to each, and
// to remove it again. Nothing here changes or runs anything.
import {join} from 'node:path/posix'
import {argumentLine, shellWord} from '../../lib/shell-words.js'

export type StoreId = 'system' | 'firefox' | 'java' | 'node-env'
export type Direction = 'install' | 'uninstall'

/** The machine whose stores are planned. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** Home directory of the user. */
  readonly userHome: string
  /** In front of the folders of the system: `/` for the machine that runs. */
  readonly root: string
  exists(path: string): boolean
  /** Names in a folder; none where it cannot be read. */
  list(folder: string): readonly string[]
}

export interface StoreCertificate {
  readonly path: string
  /** Fingerprints, in hex without colons. */
  readonly sha1: string
  readonly sha256: string
}

/** Of a name in a store: this certificate, another one, or none. */
export type Presence = 'same' | 'other' | 'absent'

export interface Invocation {
  /** Absolute path: a program that is planted earlier on a changed PATH is not run. */
  readonly program: string
  readonly args: readonly string[]
}

export type Action =
  /** Copies the certificate. */
  | {readonly kind: 'copy'; readonly to: string}
  | {readonly kind: 'write'; readonly to: string; readonly text: string}
  /** Removes a file that holds this certificate or, with `text`, exactly this text. */
  | {readonly kind: 'remove'; readonly path: string; readonly text?: string}
  /** Prints the certificate that the store has under the name, which decides about the actions behind it. */
  | ({readonly kind: 'inspect'} & Invocation)
  | ({readonly kind: 'run'; readonly when?: readonly Presence[]} & Invocation)

export interface StorePlan {
  readonly store: StoreId
  readonly name: string
  readonly needsRoot: boolean
  readonly actions: readonly Action[]
}

export interface StoreProblem {
  readonly store: StoreId
  readonly problem: string
  readonly hint: string
}

export interface StorePlans {
  readonly plans: readonly StorePlan[]
  readonly problem?: StoreProblem
}

export interface TrustVariable {
  readonly name: string
  readonly value: string
  readonly programs: string
  /** The program then trusts nothing but the named file. */
  readonly replaces: boolean
}

interface LinuxStore {
  readonly name: string
  /** Tells systems apart that share a folder. */
  readonly marker?: string
  readonly program: string
  readonly folder: string
  readonly file: string
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Installs certutil of NSS. */
  readonly nss: string
}

const LINUX: readonly LinuxStore[] = [
  {
    name: 'Alpine',
    marker: '/etc/alpine-release',
    program: 'update-ca-certificates',
    folder: '/usr/local/share/ca-certificates',
    file: 'pipelock-ca.crt',
    added: [],
    removed: [],
    nss: 'apk add nss-tools',
  },
  {
    name: 'Debian, Ubuntu',
    program: 'update-ca-certificates',
    folder: '/usr/local/share/ca-certificates',
    file: 'pipelock-ca.crt',
    added: [],
    // without it, links to the removed file stay in /etc/ssl/certs
    removed: ['--fresh'],
    nss: 'apt install libnss3-tools',
  },
  {
    name: 'Fedora, RHEL',
    program: 'update-ca-trust',
    folder: '/etc/pki/ca-trust/source/anchors',
    file: 'pipelock-ca.pem',
    added: ['extract'],
    removed: ['extract'],
    nss: 'dnf install nss-tools',
  },
  {
    name: 'SUSE',
    program: 'update-ca-certificates',
    folder: '/etc/pki/trust/anchors',
    file: 'pipelock-ca.pem',
    added: [],
    removed: [],
    nss: 'zypper install mozilla-nss-tools',
  },
  {
    name: 'Arch',
    program: 'trust',
    folder: '/etc/ca-certificates/trust-source/anchors',
    file: 'pipelock-ca.pem',
    added: ['extract-compat'],
    removed: ['extract-compat'],
    nss: 'pacman -S nss',
  },
]

const MACOS_KEYCHAIN = '/Library/Keychains/System.keychain'

/** Folders of Firefox profiles below the home directory, besides the one of XDG_CONFIG_HOME: packages, snap, flatpak, macOS. */
const PROFILES: readonly string[] = [
  '.mozilla/firefox',
  'snap/firefox/common/.mozilla/firefox',
  '.var/app/org.mozilla.firefox/.mozilla/firefox',
  'Library/Application Support/Firefox/Profiles',
]
const NICKNAME = 'Pipelock CA'

const JAVA_STORE: readonly string[] = ['-cacerts', '-alias', 'pipelock-ca', '-storepass', 'changeit']

/** Where systems keep the certificates that they trust, in one file. */
export const BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/var/lib/ca-certificates/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

export const NODE_VARIABLE = 'NODE_EXTRA_CA_CERTS'
export const REPLACING: readonly (readonly [name: string, programs: string])[] = [
  ['SSL_CERT_FILE', 'OpenSSL, Python, Ruby, Go'],
  ['REQUESTS_CA_BUNDLE', 'Python requests, pip'],
  ['CURL_CA_BUNDLE', 'curl'],
  ['GIT_SSL_CAINFO', 'Git'],
  ['CARGO_HTTP_CAINFO', 'Cargo'],
]

const PLANNERS: Readonly<
  Record<StoreId, (machine: Machine, certificate: StoreCertificate, direction: Direction) => StorePlans>
> = {system: systemStore, firefox: firefoxStores, java: javaStore, 'node-env': nodeEnvironment}

export const STORE_IDS = Object.keys(PLANNERS) as readonly StoreId[]

/** The actions for one kind of store; a machine may have several of a kind. */
export function planStores(
  store: StoreId,
  machine: Machine,
  certificate: StoreCertificate,
  direction: Direction,
): StorePlans {
  return PLANNERS[store](machine, certificate, direction)
}

/** Variables for programs with a list of their own. A variable that replaces the list needs the bundle. */
export function trustVariables(certificate: StoreCertificate, bundle: string): readonly TrustVariable[] {
  return [
    {name: NODE_VARIABLE, value: certificate.path, programs: 'Node.js', replaces: false},
    ...REPLACING.map(([name, programs]) => ({name, value: bundle, programs, replaces: true})),
  ]
}

/** The file of the system's trusted certificates; undefined where none is known. */
export function systemBundle(machine: Machine): string | undefined {
  return BUNDLES.map((path) => join(machine.root, path)).find((path) => machine.exists(path))
}

export function exportLine({name, value}: TrustVariable): string {
  return `export ${name}=${shellWord(value)}`
}

/** What a person can run as root instead, for the stores that need it. */
export function rootCommands(plans: readonly StorePlan[], certificate: string): readonly string[] {
  return plans
    .filter(({needsRoot}) => needsRoot)
    .flatMap(({actions}) => actions.flatMap((action) => commandText(action, certificate) ?? []))
}

function commandText(action: Action, certificate: string): string | undefined {
  switch (action.kind) {
    case 'copy':
      return argumentLine('install', ['-m', '0644', certificate, action.to])
    case 'remove':
      return argumentLine('rm', [action.path])
    case 'run':
      return argumentLine(action.program, action.args)
    case 'write':
    case 'inspect':
      return undefined
  }
}

function systemStore(machine: Machine, certificate: StoreCertificate, direction: Direction): StorePlans {
  const plan = (name: string, actions: readonly Action[]): StorePlans => ({
    plans: [{store: 'system', name: `System store (${name})`, needsRoot: true, actions}],
  })
  if (machine.platform === 'darwin') {
    const program = programPath(machine, 'security')
    if (program !== undefined) return plan('macOS', macosActions(program, certificate, direction))
  }
  if (machine.platform === 'win32') {
    const program = programPath(machine, 'certutil')
    const args =
      direction === 'install' ? ['-addstore', '-f', 'Root', certificate.path] : ['-delstore', 'Root', certificate.sha1]
    if (program !== undefined) return plan('Windows', [{kind: 'run', program, args}])
  }
  const row = linuxStore(machine)
  const program = row && programPath(machine, row.program)
  if (row && program !== undefined) {
    const path = join(machine.root, row.folder, row.file)
    return plan(
      row.name,
      direction === 'install'
        ? [
            {kind: 'copy', to: path},
            {kind: 'run', program, args: row.added},
          ]
        : [
            {kind: 'remove', path},
            {kind: 'run', program, args: row.removed},
          ],
    )
  }
  return {
    plans: [],
    problem: {
      store: 'system',
      problem: 'no system store of certificates is known on this machine',
      hint: 'install the package ca-certificates, or use the variables that pipelock tls install-ca prints',
    },
  }
}

function macosActions(program: string, {path, sha256}: StoreCertificate, direction: Direction): readonly Action[] {
  if (direction === 'install') {
    const args = ['add-trusted-cert', '-d', '-r', 'trustRoot', '-k', MACOS_KEYCHAIN, path]
    return [{kind: 'run', program, args}]
  }
  return [
    {kind: 'run', program, args: ['remove-trusted-cert', '-d', path]},
    {kind: 'run', program, args: ['delete-certificate', '-Z', sha256, MACOS_KEYCHAIN]},
  ]
}

function linuxStore(machine: Machine): LinuxStore | undefined {
  if (machine.platform !== 'linux') return undefined
  const exists = (path: string | undefined): boolean => path === undefined || machine.exists(join(machine.root, path))
  return LINUX.find(
    ({folder, marker, program}) => exists(folder) && exists(marker) && programPath(machine, program) !== undefined,
  )
}

function firefoxStores(machine: Machine, {path}: StoreCertificate, direction: Direction): StorePlans {
  const problem = (text: string, hint: string): StorePlans => ({
    plans: [],
    problem: {store: 'firefox', problem: text, hint},
  })
  if (machine.platform === 'win32') {
    return problem('Firefox on Windows trusts the Windows store', `pipelock tls ${direction}-ca --system`)
  }
  const folders = PROFILES.map((folder) => join(machine.userHome, folder))
  const profiles = [...folders, join(configHome(machine), 'mozilla/firefox')].flatMap((folder) =>
    machine
      .list(folder)
      .map((name) => join(folder, name))
      .filter((profile) => machine.exists(join(profile, 'cert9.db'))),
  )
  if (profiles.length === 0) {
    return problem(`no Firefox profile was found below ${machine.userHome}`, 'start Firefox once, then repeat')
  }
  const program = programPath(machine, 'certutil')
  if (program === undefined) {
    const install = machine.platform === 'darwin' ? 'brew install nss' : linuxStore(machine)?.nss
    return problem(
      'certutil of NSS, which changes the store of Firefox, is not installed',
      install ?? 'install the package that holds it: libnss3-tools or nss-tools',
    )
  }
  return {
    plans: profiles.map((profile) => {
      const name = ['-d', `sql:${profile}`, '-n', NICKNAME]
      return {
        store: 'firefox',
        name: `Firefox profile ${profile}`,
        needsRoot: false,
        actions: namedActions(direction, program, {
          inspect: ['-L', ...name, '-a'],
          add: ['-A', ...name, '-t', 'C,,', '-i', path],
          remove: ['-D', ...name],
        }),
      }
    }),
  }
}

function javaStore(machine: Machine, {path}: StoreCertificate, direction: Direction): StorePlans {
  const home = machine.env['JAVA_HOME']
  const own = home === undefined || home === '' ? undefined : join(home, 'bin', fileName(machine, 'keytool'))
  const program = own !== undefined && machine.exists(own) ? own : programPath(machine, 'keytool')
  if (program === undefined) {
    return {
      plans: [],
      problem: {
        store: 'java',
        problem: 'keytool was found neither in JAVA_HOME nor on PATH',
        hint: 'install a Java runtime, or set JAVA_HOME',
      },
    }
  }
  const actions = namedActions(direction, program, {
    // the message about a missing name is compared
    inspect: ['-exportcert', '-rfc', ...JAVA_STORE, '-J-Duser.language=en'],
    add: ['-importcert', '-noprompt', '-trustcacerts', '-file', path, ...JAVA_STORE],
    remove: ['-delete', '-noprompt', ...JAVA_STORE],
  })
  return {plans: [{store: 'java', name: `Java (${program})`, needsRoot: false, actions}]}
}

/** Of a store that keeps certificates under names: another one of the name is replaced, and never removed. */
function namedActions(
  direction: Direction,
  program: string,
  args: Readonly<Record<'inspect' | 'add' | 'remove', readonly string[]>>,
): readonly Action[] {
  const inspect: Action = {kind: 'inspect', program, args: args.inspect}
  const run = (words: readonly string[], ...when: readonly Presence[]): Action => ({
    kind: 'run',
    when,
    program,
    args: words,
  })
  return direction === 'install'
    ? [inspect, run(args.remove, 'other'), run(args.add, 'other', 'absent')]
    : [inspect, run(args.remove, 'same')]
}

function nodeEnvironment(machine: Machine, {path}: StoreCertificate, direction: Direction): StorePlans {
  if (machine.platform === 'linux' && !/^[\w@+=:,./-]+$/.test(path)) {
    return {
      plans: [],
      problem: {
        store: 'node-env',
        problem: `${path} has a character that environment.d would not take literally`,
        hint: `set the variable yourself: export ${NODE_VARIABLE}=${shellWord(path)}`,
      },
    }
  }
  const to = join(configHome(machine), 'environment.d/pipelock-ca.conf')
  const text = `# written by pipelock tls install-ca\n${NODE_VARIABLE}=${path}\n`
  const action: Action = direction === 'install' ? {kind: 'write', to, text} : {kind: 'remove', path: to, text}
  const actions = machine.platform === 'linux' ? [action] : []
  return {plans: [{store: 'node-env', name: 'Node.js in systemd user sessions', needsRoot: false, actions}]}
}

function configHome({env, userHome}: Machine): string {
  const given = env['XDG_CONFIG_HOME'] ?? ''
  return given.startsWith('/') ? given : join(userHome, '.config')
}

/** Of PATH, without relative folders, and of the folders for administration, which a user's PATH may lack. */
function programPath(machine: Machine, name: string): string | undefined {
  const {platform, env, root} = machine
  const isAbsolute = platform === 'win32' ? /^[A-Za-z]:[\\/]/ : /^\//
  const listed = (env['PATH'] ?? env['Path'] ?? '').split(platform === 'win32' ? ';' : ':')
  const administration = ['usr/local/sbin', 'usr/sbin', 'sbin'].map((folder) => join(root, folder))
  return [...listed.filter((folder) => isAbsolute.test(folder)), ...administration]
    .map((folder) => join(folder, fileName(machine, name)))
    .find((path) => machine.exists(path))
}

function fileName({platform}: Machine, program: string): string {
  return platform === 'win32' ? `${program}.exe` : program
}
