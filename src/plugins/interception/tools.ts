// What the commands `tls …` do.
import {existsSync, readdirSync} from 'node:fs'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {AgentTrust} from './agent-trust.js'
import type {Ports} from '../../core/ports.js'
import {argumentLine, shellWord} from '../../lib/shell-words.js'
import {formatSeconds} from '../../lib/timestamp.js'
import {applyPlan, type AppliedAction} from './apply.js'
import type {AuthorityRequest, CreatedAuthority, ShownAuthority} from './ca-files.js'
import {
  exportLine,
  planStores,
  rootCommands,
  STORE_IDS,
  systemBundle,
  trustVariables,
  type Action,
  type Direction,
  type Machine,
  type StoreId,
  type StorePlan,
  type StoreProblem,
  type TrustVariable,
} from './trust-stores.js'

export interface TrustRequest {
  readonly direction: Direction
  /** Certificate file; undefined: the one in the home directory. */
  readonly certificate: string | undefined
  /** None: every store, and a store that this machine does not have is not an error. */
  readonly stores: readonly StoreId[]
}

export interface TrustPlan {
  readonly certificate: string
  readonly fingerprint: string
  readonly not_after: string
  readonly stores: readonly StorePlan[]
  readonly problems: readonly StoreProblem[]
  readonly variables: readonly (TrustVariable & {readonly line: string})[]
  /** Makes the file that the variables which replace a list need. */
  readonly bundle: string
}

export type AppliedStore = Pick<StorePlan, 'store' | 'name'> & {readonly actions: readonly AppliedAction[]}

export interface InterceptionTools {
  /** Writes a new authority to a folder; undefined: the home directory. */
  create(folder: string | undefined, request: AuthorityRequest): Promise<CreatedAuthority>
  show(certificate: string | undefined): Promise<ShownAuthority>
  /** Trust for one program and what it starts: writes a bundle, and returns the variables that name it. */
  agentTrust(trust: AgentTrust): Promise<Readonly<Record<string, string>>>
  /** What would be done; nothing is changed and no program is run. */
  plan(request: TrustRequest): Promise<TrustPlan>
  /** Throws where one of the stores needs another user than this process has. */
  checkPrivileges(plan: TrustPlan, stores: readonly StorePlan[]): void
  apply(plan: TrustPlan, stores: readonly StorePlan[]): Promise<readonly AppliedStore[]>
  /** An action in words. */
  describe(plan: TrustPlan, action: Action): string
}

export function interceptionTools({home, env, clock}: Ports): InterceptionTools {
  const certificateIn = (folder: string): string => join(folder, 'ca.pem')
  const machine: Machine = {
    platform: process.platform,
    env,
    userHome: env['HOME'] ?? homedir(),
    root: '/',
    exists: existsSync,
    list: namesIn,
  }

  return {
    async create(given, request) {
      const folder = resolve(given ?? home)
      const {createAuthorityFiles} = await import('./ca-files.js')
      const paths = {certificate: certificateIn(folder), key: join(folder, 'ca-key.pem')}
      return createAuthorityFiles(paths, request, clock.now())
    },

    async show(given) {
      const {describeCertificate, readCertificateFile} = await import('./ca-files.js')
      return describeCertificate(readCertificateFile(given ?? certificateIn(home)))
    },

    async plan({direction, certificate: given, stores}) {
      const {checkValidNow, readCertificateFile} = await import('./ca-files.js')
      const file = readCertificateFile(given ?? certificateIn(home))
      if (direction === 'install') checkValidNow(file, clock.now())
      const {path, certificate} = file
      const stored = {path, sha1: hex(certificate.fingerprint), sha256: hex(certificate.fingerprint256)}
      const planned = (stores.length === 0 ? STORE_IDS : stores).map((store) =>
        planStores(store, machine, stored, direction),
      )
      const problems = planned.flatMap(({problem}) => problem ?? [])
      const [first] = problems
      if (first && stores.length > 0) {
        throw new PipelockError('trust_store_unavailable', first.problem, {hint: first.hint})
      }
      const bundle = join(home, 'ca-bundle.pem')
      const system = systemBundle(machine) ?? 'SYSTEM-CERTIFICATES.pem'
      return {
        certificate: path,
        fingerprint: certificate.fingerprint256,
        not_after: formatSeconds(Date.parse(certificate.validTo)),
        stores: planned.flatMap(({plans}) => plans),
        problems,
        variables: trustVariables(stored, bundle).map((each) => ({...each, line: exportLine(each)})),
        bundle: `cat ${shellWord(system)} ${shellWord(path)} > ${shellWord(bundle)}`,
      }
    },

    checkPrivileges(plan, stores) {
      const commands = rootCommands(stores, plan.certificate)
      // Windows has no user number: its program reports that it may not
      if (commands.length === 0 || process.geteuid === undefined || process.geteuid() === 0) return
      throw new PipelockError('trust_store_unavailable', 'only root can change the system store', {
        hint: `run as root: ${commands.join(' && ')}`,
      })
    },

    async apply(plan, stores) {
      const {readCertificateFile} = await import('./ca-files.js')
      const file = readCertificateFile(plan.certificate)
      if (file.certificate.fingerprint256 !== plan.fingerprint) {
        throw new PipelockError('ca_unusable', `${plan.certificate} was replaced since the actions were listed`)
      }
      const applied: AppliedStore[] = []
      for (const store of stores) {
        applied.push({store: store.store, name: store.name, actions: await applyPlan(store, file, env)})
      }
      return applied
    },

    async agentTrust(trust) {
      const {writeAgentTrust} = await import('./agent-trust.js')
      return writeAgentTrust(trust)
    },

    describe: ({certificate}, action) => actionText(action, certificate),
  }
}

function actionText(action: Action, certificate: string): string {
  switch (action.kind) {
    case 'copy':
      return `copy ${certificate} to ${action.to}`
    case 'write':
      return `write ${action.text.trimEnd().split('\n').at(-1) ?? ''} to ${action.to}`
    case 'remove':
      return `remove ${action.path} if install-ca wrote it for this certificate`
    case 'inspect':
      return `read the present certificate: ${argumentLine(action.program, action.args)}`
    case 'run':
      return `run ${argumentLine(action.program, action.args)}${action.when ? (CONDITION[action.when.join()] ?? '') : ''}`
  }
}

const CONDITION: Readonly<Record<string, string>> = {
  other: ' (if another certificate has the name)',
  'other,absent': ' (unless this certificate is present)',
  same: ' (if it is this certificate)',
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // no such folder, or not readable: no profiles to be found there
  }
}

function hex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '')
}
