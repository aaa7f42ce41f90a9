// Lifecycle commands as processes that are killed: a folder with keys, store and candidates, the commands that change
// it, what each may leave behind, and the next command. Every inspection of a folder throws when it is neither old nor
// new.
import {spawn} from 'node:child_process'
import {cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {contractYaml, decodeContract, verifyContract} from '../../src/formats/documents/contract.js'
import {decodeTombstone, verifyTombstone} from '../../src/formats/documents/tombstone.js'
import {jsonKeyText} from '../../src/formats/keys/key-file.js'
import {createPorts} from '../../src/host/ports.js'
import {readReceiptFile} from '../../src/plugins/contract/lifecycle-receipts.js'
import {storePaths} from '../../src/plugins/contract/store-files.js'
import {ContractStore} from '../../src/plugins/contract/store.js'
import {contractTools} from '../../src/plugins/contract/tools.js'
import {learnTools} from '../../src/plugins/learn/tools.js'
import {appendEvidenceReceipt} from '../../src/plugins/receipts/receipt-file.js'
import {verifyChain} from '../../src/plugins/receipts/verify/chain.js'
import {knownPublicKey, loadPair, publishPair} from '../../src/plugins/signing/keystore.js'
import {signingTools} from '../../src/plugins/signing/tools.js'
import {
  ANNA,
  COMPILE,
  contract,
  ENVIRONMENT,
  httpRule,
  NOW,
  PIN,
  RECEIPT,
  roster,
  rosterFile,
} from './contract-store.js'

const project = fileURLToPath(new URL('../..', import.meta.url))
const preload = fileURLToPath(new URL('./kill-at-write.mjs', import.meta.url))

const first = contract('agent-a', [httpRule('r-1')])
const second = contract('agent-a', [httpRule('r-2')])
const third = contract('agent-a', [httpRule('r-3')])
const candidate = contract('agent-a', [httpRule('r-4', {}, 'capture_only'), httpRule('r-5', {}, 'capture_only')])

const forgettable = contract('agent-a', [httpRule('r-6'), httpRule('r-7')])

/** State of a folder: its first word is old or new. */
export type State = string

export interface Operation {
  readonly name: string
  /** Arguments of the command line. */
  words(folder: string): readonly string[]
  /** Throws when the folder is damaged. */
  state(folder: string): Promise<State>
  /** The next command, in this process; afterwards the state must be new and every intent settled. */
  next(folder: string): Promise<unknown>
  /** Invariants once the next command is done, beyond the state. */
  settled(folder: string, was: State): void
}

const ports = createPorts({})
const keys = signingTools(ports)
const around = (lines: string[] = []) => ({
  lock: undefined,
  keys,
  append: appendEvidenceReceipt,
  note: (text: string) => void lines.push(text),
  warn: (text: string) => void lines.push(text),
})

const lifecycleFlags = (folder: string) => ({
  'contract-store': join(folder, 'store'),
  roster: join(folder, 'roster.json'),
  'roster-root-fingerprint': PIN,
  'activation-key': ANNA.keyId,
  'receipt-key-agent': RECEIPT.id,
  keystore: folder,
  'environment-id': ENVIRONMENT.id,
  tenant: ENVIRONMENT.tenant,
  'deployment-id': ENVIRONMENT.deployment_id,
  production: false,
  deterministic: false,
})

const promoteFlags = (folder: string, bound: typeof first, file: string) => ({
  ...lifecycleFlags(folder),
  'contract-hash': bound.body.contract_hash,
  selector: 'agent-a',
  candidate: join(folder, file),
  'replace-all': false,
  'accept-tail': false,
  'force-selector': false,
})

const tools = contractTools(ports)
const promoteNow = (folder: string, bound: typeof first, file: string) =>
  tools.promote(promoteFlags(folder, bound, file), around())

/** Flags as arguments: true by name, false and undefined omitted. */
const wordsOf = (flags: Readonly<Record<string, string | boolean | undefined>>): string[] =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : typeof value === 'string' ? [`--${name}`, value] : [],
  )

/** A new folder with everything; two manifests are accepted in its store. */
export async function makeWorld(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-kills-'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, {mode: 0o600})
  write('anna.json', jsonKeyText(ANNA.key, 'contract-activation-signing', NOW, ANNA.keyId))
  write('receipts.json', jsonKeyText(RECEIPT.key, 'receipt-signing', NOW, RECEIPT.id))
  write('roster.json', rosterFile())
  write('first.yaml', contractYaml(first))
  write('second.yaml', contractYaml(second))
  write('third.yaml', contractYaml(third))
  write('candidate.yaml', contractYaml(candidate))
  write('forgettable.yaml', contractYaml(forgettable))
  write('decisions.json', JSON.stringify({'r-4': 'enforce', 'r-5': 'reject'}))
  publishPair(folder, 'compile-1', COMPILE, 'first', false)
  await promoteNow(folder, first, 'first.yaml')
  await promoteNow(folder, second, 'second.yaml')
  return folder
}

const openStore = (folder: string): ContractStore =>
  new ContractStore({
    directory: join(folder, 'store'),
    roster: () => roster(),
    environment: ENVIRONMENT,
    minimumSignatures: 1,
    clock: ports.clock,
  })

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** Verified by the roster; a torn last line is allowed while nobody has written after the kill. */
async function checkReceipts(file: string, tolerateTornTail: boolean): Promise<number> {
  if (!existsSync(file) || readFileSync(file).length === 0) return 0
  const lines = readFileSync(file, 'utf8').split('\n').length - 1
  if (lines === 0 && tolerateTornTail) return 0
  const report = await verifyChain(
    {
      file,
      session: '',
      keys: [],
      roster: roster(),
      endorsements: [],
      wholeRecorder: false,
      allowUnanchoredSeal: false,
      strict: false,
      requirePinned: true,
      tolerateTornTail,
      retainedSuffix: false,
    },
    [],
  )
  const {valid} = report.json as {readonly valid?: unknown}
  check(valid === true, `${file} does not verify: ${JSON.stringify(report.json)}`)
  return lines
}

const journalOf = (folder: string): readonly {readonly outcome: string; readonly manifest_hash?: string}[] =>
  readFileSync(join(folder, 'store', '.activation_journal.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as {outcome: string; manifest_hash?: string})

const receiptFile = (folder: string): string => join(folder, 'store', 'activation-receipts.jsonl')

interface Line {
  readonly payload_kind: string
  readonly actor: string
  readonly payload: Readonly<Record<string, unknown>>
}

const linesOf = (file: string): readonly Line[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

/**
 * Promote and rollback: the content of active.json, whether it is accepted history, and whether the receipts record the
 * outcome.
 */
async function activationState(folder: string, old: string, next: string): Promise<State> {
  const store = openStore(folder)
  const adoption = store.readActive()
  check(adoption !== undefined, 'nothing is in force')
  const bound = adoption.bindings[0]?.contractHash
  check(bound === old || bound === next, `${bound} is in force`)
  const history = store.history() // every accepted manifest verifies
  const accepted = history.has(adoption.manifest.hash)
  check(accepted || history.continues(adoption.manifest), 'the active manifest does not continue the history')
  const receipts = await checkReceipts(receiptFile(folder), true)
  const {pending} = readReceiptFile(receiptFile(folder))
  check(receipts >= 4, 'receipts were lost')
  if (bound === old && adoption.manifest.generation === 2) return pending.length === 0 ? 'old' : 'old, intent on record'
  check(receipts >= 5, 'a manifest without an intent')
  if (!accepted) return 'new, not accepted'
  return pending.length === 0 ? 'new' : 'new, no outcome on record'
}

function activationSettled(folder: string, id: string, was: State): void {
  const store = openStore(folder)
  const history = store.history()
  check(readReceiptFile(receiptFile(folder)).pending.length === 0, 'an intent is left open')
  const accepted = new Set(journalOf(folder).map((line) => (line.outcome === 'accepted' ? line.manifest_hash : '')))
  for (const {hash} of history.manifests) check(accepted.has(hash), `the journal does not explain ${hash}`)
  check(!existsSync(join(folder, 'store', '.lock')), 'the lock is left')
  const outcome = linesOf(receiptFile(folder)).filter(
    ({payload_kind, payload}) =>
      payload_kind.endsWith('_committed') && (payload['intent_id'] ?? payload['authorization_id']) === id,
  )
  if (was === 'old') {
    check(outcome.length === 0, 'an outcome without an intent')
    return
  }
  check(outcome.length === 1, `${outcome.length} outcomes for one intent`)
  const isAccepted = outcome[0]?.payload['validation_outcome'] === 'accepted'
  check(
    isAccepted === was.startsWith('new'),
    `was ${was}, but the receipt says ${isAccepted ? 'accepted' : 'rejected'}`,
  )
  const isRecovered = outcome[0]?.actor.endsWith(' recovered') === true
  check(isRecovered === (was === 'new, not accepted' || was === 'new, no outcome on record'), 'recovered is not said')
}

const leftovers = (directory: string): readonly string[] =>
  existsSync(directory)
    ? readdirSync(directory, {recursive: true, encoding: 'utf8'}).filter((n) => n.endsWith('.tmp'))
    : []

const promote: Operation = {
  name: 'promote',
  words: (folder) => [
    ...['learn', 'promote', '--intent-id', 'killed'],
    ...wordsOf(promoteFlags(folder, third, 'third.yaml')),
  ],
  state: (folder) => activationState(folder, second.body.contract_hash, third.body.contract_hash),
  next: (folder) => promoteNow(folder, third, 'third.yaml'),
  settled(folder, was) {
    activationSettled(folder, 'killed', was)
    check(leftovers(join(folder, 'store')).length === 0, 'temporary files are left')
  },
}

const firstManifest = (folder: string): string => {
  const opened = openStore(folder)
    .history()
    .manifests.find(({generation}) => generation === 1)
  check(opened !== undefined, 'the first manifest is gone')
  return opened.hash
}

const rollback: Operation = {
  name: 'rollback',
  words: (folder) => [
    ...['learn', 'rollback', '--authorization-id', 'killed', '--to', firstManifest(folder)],
    ...wordsOf(lifecycleFlags(folder)),
  ],
  state: (folder) => activationState(folder, second.body.contract_hash, first.body.contract_hash),
  next: (folder) => tools.rollback({...lifecycleFlags(folder), to: firstManifest(folder)}, around()),
  settled: promote.settled,
}

const ratifyFlags = (folder: string) => ({
  candidate: join(folder, 'candidate.yaml'),
  decisions: join(folder, 'decisions.json'),
  keystore: folder,
  'receipt-key-agent': RECEIPT.id,
})

/** The candidate itself is rewritten. */
const ratify: Operation = {
  name: 'ratify',
  words: (folder) => ['learn', 'ratify', ...wordsOf({...ratifyFlags(folder), 'contract-store': join(folder, 'store')})],
  async state(folder) {
    const document = decodeContract(readFileSync(join(folder, 'candidate.yaml')), 'yaml')
    verifyContract(document, COMPILE.public)
    const {contract_hash, rules} = document.body
    const file = join(folder, 'ratification-receipts.jsonl')
    const receipts = await checkReceipts(file, true)
    const isNew = rules?.length === 1
    if (!isNew) check(contract_hash === candidate.body.contract_hash, 'the candidate is another contract')
    const stored = readdirSync(storePaths(join(folder, 'store')).history).filter((name) => !name.startsWith('.'))
    for (const name of stored) openStore(folder).contract(name.replace('-', ':').replace('.yaml', ''))
    const isStored = stored.length === 3
    if (isNew) check(isStored && openStore(folder).hasContract(contract_hash), 'ratified, but not in the store')
    if (isStored) check(receipts > 0, 'in the store without a receipt')
    if (isNew) return 'new'
    return receipts === 0 ? 'old' : isStored ? 'old, receipt on record, installed' : 'old, receipt on record'
  },
  async next(folder) {
    // a ratified candidate has one rule left to decide on
    const left = decodeContract(readFileSync(join(folder, 'candidate.yaml')), 'yaml').body.rules ?? []
    const decisions = Object.fromEntries(left.map(({rule_id}) => [rule_id, rule_id === 'r-4' ? 'enforce' : 'reject']))
    writeFileSync(join(folder, 'decisions.json'), JSON.stringify(decisions))
    await learnTools(ports).ratify(
      {
        ...ratifyFlags(folder),
        level: 'method',
        'accept-low-confidence': false,
        'accept-host-wide': false,
        'accept-tail': false,
        deterministic: false,
      },
      {
        keys,
        append: appendEvidenceReceipt,
        forgotten: [],
        stageInstall: (hash, text) => tools.stageContract(join(folder, 'store'), hash, text),
        protectedFiles: [],
        terminal: undefined,
      },
    )
  },
  settled(folder) {
    check(leftovers(folder).length === 0, `temporary files are left: ${leftovers(folder).join(' ')}`)
    const {contract_hash} = decodeContract(readFileSync(join(folder, 'candidate.yaml')), 'yaml').body
    const named = linesOf(join(folder, 'ratification-receipts.jsonl')).map(({payload}) => payload['contract_hash'])
    check(named.includes(contract_hash), 'no receipt explains the contract')
  },
}

const keygen: Operation = {
  name: 'keygen --force',
  words: (folder) => ['keygen', 'compile-1', '--keystore', folder, '--force'],
  async state(folder) {
    const {key} = loadPair(folder, 'compile-1') // both halves agree
    check(knownPublicKey(folder, 'compile-1').hex === key.public.hex, 'the halves differ')
    return key.public.hex === COMPILE.public.hex ? 'old' : 'new'
  },
  next: async (folder) => keys.generatePair(folder, 'compile-1', true),
  settled(folder) {
    check(readdirSync(join(folder, 'agents')).join() === 'compile-1', 'half-made pairs are left')
  },
}

const forgetFlags = (folder: string) => ({
  candidate: join(folder, 'forgettable.yaml'),
  rule: 'r-6',
  reason: 'private project',
  keystore: folder,
  'activation-key': ANNA.keyId,
})

const forget: Operation = {
  name: 'forget',
  words: (folder) => ['learn', 'forget', ...wordsOf({...forgetFlags(folder), 'contract-store': join(folder, 'store')})],
  async state(folder) {
    const {contract_hash} = forgettable.body
    const name = contract_hash.replace(':', '-')
    const kept = decodeContract(readFileSync(join(folder, 'forgettable.yaml')), 'yaml')
    verifyContract(kept, COMPILE.public)
    check(kept.body.contract_hash === contract_hash, 'the candidate was changed')
    const receipts = await checkReceipts(join(folder, 'redaction-receipts.jsonl'), true)
    const copy = join(folder, 'tombstones', `${name}.tombstone.yaml`)
    const enforced = storePaths(join(folder, 'store')).tombstones(contract_hash)[0]
    for (const path of [copy, enforced].filter((each) => existsSync(each))) {
      verifyTombstone(decodeTombstone(readFileSync(path), path === copy ? 'yaml' : 'json'), ANNA.key.public)
    }
    const isBuried = existsSync(enforced)
    if (existsSync(copy)) check(isBuried, 'a tombstone that nothing enforces')
    if (receipts > 0) check(isBuried && existsSync(copy), 'a receipt without its tombstone')
    const out = join(folder, 'forgettable.forgotten.yaml')
    if (!existsSync(out)) return receipts > 0 ? 'old, buried with receipt' : isBuried ? 'old, buried' : 'old'
    const left = decodeContract(readFileSync(out), 'yaml')
    verifyContract(left, COMPILE.public)
    check(left.body.rules?.map(({rule_id}) => rule_id).join() === 'r-7', 'another rule is gone')
    check(left.body.prior_contract_hash === contract_hash && receipts > 0, 'a candidate without its receipt')
    return 'new'
  },
  next: (folder) =>
    learnTools(ports).forget(
      {...forgetFlags(folder), deterministic: false},
      {
        keys,
        roster: undefined,
        store: tools.tombstones(join(folder, 'store')),
        append: appendEvidenceReceipt,
        protectedFiles: [],
      },
    ),
  settled(folder) {
    check(linesOf(join(folder, 'redaction-receipts.jsonl')).length === 1, 'one redaction has several receipts')
    const left = leftovers(folder).filter((path) => !path.startsWith('store'))
    check(left.length === 0, `temporary files are left: ${left.join(' ')}`)
  },
}

export const OPERATIONS: readonly Operation[] = [promote, rollback, ratify, forget, keygen]

interface Killed {
  readonly signal: NodeJS.Signals | null
  readonly status: number | null
  readonly err: string
}

function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Killed> {
  const child = spawn(process.execPath, ['--import', preload, 'bin/run.js', ...words], {
    cwd: project,
    env: {...process.env, ...env},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({status, signal, err}))
  })
}

/** Names of the calls that the command makes when it is not killed. */
export async function callsOf(operation: Operation, world: string): Promise<readonly string[]> {
  const folder = copyOf(world)
  const log = `${folder}.calls`
  try {
    const {status, err} = await run(operation.words(folder), {KILL_LOG: log})
    check(status === 0, `${operation.name} fails: ${err}`)
    check((await operation.state(folder)) === 'new', `${operation.name} changes nothing`)
    return JSON.parse(readFileSync(log, 'utf8')) as string[]
  } finally {
    rmSync(folder, {recursive: true})
    rmSync(log, {force: true})
  }
}

function copyOf(world: string): string {
  const folder = mkdtempSync(`${world}-`)
  cpSync(world, folder, {recursive: true})
  return folder
}

/**
 * Kills the command at its n-th call, judges the state, runs the next command and judges again. Returns the state in
 * between.
 */
export async function killOnce(operation: Operation, world: string, at: number, half: boolean): Promise<State> {
  const folder = copyOf(world)
  try {
    const killed = await run(operation.words(folder), {KILL_AT: String(at), KILL_HALF: half ? '1' : '0'})
    check(killed.signal === 'SIGKILL', `ended by itself: ${killed.status} ${killed.err}`)
    const was = await operation.state(folder)
    await operation.next(folder)
    check((await operation.state(folder)) === 'new', 'the next command did not make it new')
    operation.settled(folder, was)
    for (const file of [receiptFile(folder), join(folder, 'ratification-receipts.jsonl')]) {
      await checkReceipts(file, false)
    }
    return was
  } catch (error) {
    throw new Error(`${operation.name} killed at call ${at}${half ? ', half written' : ''}: ${String(error)}`, {
      cause: error,
    })
  } finally {
    rmSync(folder, {recursive: true})
  }
}
