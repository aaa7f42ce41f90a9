// `learn forget` as a process, with real keys and a real store: what it writes, in which order, that a tombstone stops
// promote, rollback and the loader, and that killed at any write it leaves the old candidate and can be run again.
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {contractYaml, decodeContract, signContract, verifyContract} from '../../src/formats/documents/contract.js'
import {decodeTombstone, tombstoneHash, verifyTombstone} from '../../src/formats/documents/tombstone.js'
import {jsonKeyText, privateKeyFileText, publicKeyFileText} from '../../src/formats/keys/key-file.js'
import {ContractStore} from '../../src/plugins/contract/store.js'
import {
  ANNA,
  BERT,
  COMPILE,
  contract,
  ENVIRONMENT,
  httpRule,
  key,
  makeStore,
  NOW,
  PIN,
  RECEIPT,
  roster,
  rosterFile,
  type TestStore,
} from '../support/contract-store.js'
import {THOROUGH} from '../support/thorough.js'
import {runCommand} from '../support/warm-cli.js'

const project = fileURLToPath(new URL('../..', import.meta.url))
const preload = fileURLToPath(new URL('../support/kill-at-write.mjs', import.meta.url))

const path = (value: string) => ({paths: [{value, data_class: 'public'}], methods: ['GET']})
const held = contract('agent-a', [
  httpRule('r-1', path('/v1')),
  httpRule('r-2', path('/private/project')),
  httpRule('r-3'),
])
const HASH = held.body.contract_hash

let files: TestStore
let folder: string
let keys: string
beforeEach(() => {
  files = makeStore()
  folder = files.path('..')
  keys = join(folder, 'keys')
  mkdirSync(join(keys, 'agents', 'compile-1'), {recursive: true})
  const secret = (name: string, text: string) => writeFileSync(join(keys, name), text, {mode: 0o600})
  secret('anna.json', jsonKeyText(ANNA.key, 'contract-activation-signing', NOW, ANNA.keyId))
  secret('receipts.json', jsonKeyText(RECEIPT.key, 'receipt-signing', NOW, RECEIPT.id))
  secret('agents/compile-1/id_ed25519', privateKeyFileText(COMPILE))
  secret('agents/compile-1/id_ed25519.pub', publicKeyFileText(COMPILE.public))
  writeFileSync(join(folder, 'roster.json'), rosterFile())
  writeFileSync(join(folder, 'held.yaml'), contractYaml(held))
})
afterEach(() => files.remove())

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}, options: readonly string[] = []) {
  const at = {cwd: folder, env: {PATH: process.env['PATH'], HOME: folder, PIPELOCK_HOME: keys, ...env}}
  const done =
    options.length === 0
      ? {...runCommand(words, at), signal: null}
      : spawnSync(process.execPath, [...options, join(project, 'bin/run.js'), ...words], {...at, encoding: 'utf8'})
  return {...done, code: /^error: (\w+)/m.exec(done.stderr)?.[1]}
}

const FORGET = ['learn', 'forget', '--candidate', 'held.yaml', '--rule-id', 'r-2', '--reason', 'private project']
const forget = (...more: readonly string[]) => run([...FORGET, '--contract-store', files.directory, ...more])

const file = (name: string): string => join(folder, name)
const buried = (): string => files.path('tombstones', `${HASH.replace(':', '-')}.json`)
const local = (): string => file(`tombstones/${HASH.replace(':', '-')}.tombstone.yaml`)
const receiptLines = (where = 'redaction-receipts.jsonl') =>
  existsSync(file(where)) ? readFileSync(file(where), 'utf8').trim().split('\n') : []

test('writes the candidate without the rule, both tombstones and the receipt', () => {
  const done = forget()
  expect([done.status, done.stdout]).toEqual([
    0,
    `forget: rule r-2 removed, candidate written to ${file('held.forgotten.yaml')}, tombstone written to ${local()}\n`,
  ])
  const left = decodeContract(readFileSync(file('held.forgotten.yaml')), 'yaml')
  verifyContract(left, COMPILE.public)
  expect(left.body.prior_contract_hash).toBe(HASH)
  expect(left.body.rules?.map((rule) => rule.rule_id)).toEqual(['r-1', 'r-3'])
  expect(readFileSync(file('held.forgotten.yaml'), 'utf8')).not.toContain('private')
  const tombstone = decodeTombstone(readFileSync(buried()), 'json')
  verifyTombstone(tombstone, ANNA.key.public)
  expect(decodeTombstone(readFileSync(local()), 'yaml')).toEqual(tombstone)
  // canonical: the content of the file in the store has the hash that the receipt names
  const hash = tombstoneHash(tombstone)
  expect(`sha256:${createHash('sha256').update(readFileSync(buried(), 'utf8').trimEnd()).digest('hex')}`).toBe(hash)
  expect(receiptLines().map((line) => JSON.parse(line) as unknown)).toMatchObject([
    {
      event_id: tombstone.body.redaction_authorization_id,
      actor: 'learn forget',
      payload_kind: 'contract_redaction_request',
      payload: {
        target_contract_hash: HASH,
        request_kind: 'local_erasure_tombstone',
        reason_class: 'private project',
        authorization_id: tombstone.body.redaction_authorization_id,
        tombstone_hash: hash,
      },
    },
  ])
  const audits = done.stderr.split('\n').filter((line) => line.startsWith('{'))
  expect(audits.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    {event: 'learn_forget', candidate: 'held.yaml', rule: 'r-2', receipts_emitted: 1, noop: false},
  ])
  const verified = run([
    ...['verify-receipt', 'redaction-receipts.jsonl', '--roster', 'roster.json'],
    ...['--roster-root-fingerprint', PIN],
  ])
  expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('CHAIN VALID')])
})

const lifecycle = () => [
  ...['--contract-store', files.directory, '--roster', 'roster.json', '--roster-root-fingerprint', PIN],
  ...['--activation-key', ANNA.keyId, '--receipt-key-agent', RECEIPT.id, '--environment-id', ENVIRONMENT.id],
  ...['--tenant', ENVIRONMENT.tenant, '--deployment-id', ENVIRONMENT.deployment_id],
]
const promote = (name: string, hash: string, ...more: readonly string[]) =>
  run(['learn', 'promote', '--contract', hash, '--selector', 'agent-a', '--candidate', name, ...lifecycle(), ...more])
const active = () =>
  new ContractStore({
    directory: files.directory,
    roster: () => roster(),
    environment: ENVIRONMENT,
    minimumSignatures: 1,
    clock: files.clock,
  }).readActive()?.bindings

describe('a tombstone', () => {
  test('stops promote of the contract', () => {
    expect(forget().status).toBe(0)
    expect(promote('held.yaml', HASH)).toMatchObject({status: 1, code: 'contract_tombstoned'})
    const left = decodeContract(readFileSync(file('held.forgotten.yaml')), 'yaml').body.contract_hash
    expect(promote('held.forgotten.yaml', left)).toMatchObject({status: 0})
    expect(active()).toEqual([{agent: 'agent-a', contractHash: left}])
  })

  test('stops the loader, and rollback to the manifest that names the contract', () => {
    const first = promote('held.yaml', HASH)
    const manifest = /manifest (sha256:[0-9a-f]{64}) generation 1/.exec(first.stdout)?.[1] ?? ''
    expect(active()).toEqual([{agent: 'agent-a', contractHash: HASH}])
    expect(forget().status).toBe(0)
    expect(active).toThrow(expect.objectContaining({code: 'contract_tombstoned'}) as Error)
    const left = decodeContract(readFileSync(file('held.forgotten.yaml')), 'yaml').body.contract_hash
    expect(promote('held.forgotten.yaml', left)).toMatchObject({status: 0})
    expect(run(['learn', 'rollback', '--to', manifest, ...lifecycle()])).toMatchObject({
      status: 1,
      code: 'contract_tombstoned',
    })
    expect(active()).toEqual([{agent: 'agent-a', contractHash: left}])
  })
})

describe('a forgotten rule', () => {
  const collapsed = {
    index: 2,
    distinct_values: 2,
    event_count: 9,
    entropy: '1.000000',
    reason: 'high_entropy_identifier_segment',
  }
  const bucket = {host: 'api.example.com', method: 'GET', parent_prefix: '/p'}
  const normalization = {algorithm: 'frequency_weighted_entropy_v1', bucket, collapsed_segments: [collapsed]}
  const wild = httpRule('r-4', {paths: [{value: '/p/*', data_class: 'public', normalization}], methods: ['GET']})
  const older = contract('agent-a', [...(held.body.rules ?? []), wild])
  const ways: [string, () => void][] = [
    [
      'pin of another rule in the older candidate',
      () => expect(run([...EDIT('pin'), '--rule', 'r-1', '--segment', 'export']).status).toBe(0),
    ],
    [
      'pin of the rule itself in the older candidate',
      () => expect(run([...EDIT('pin'), '--rule', 'r-2', '--segment', 'export']).status).toBe(0),
    ],
    [
      'split of another rule in the older candidate',
      () => expect(run([...EDIT('split'), '--rule', 'r-4']).status).toBe(0),
    ],
    [
      'a recompiled candidate',
      () => writeFileSync(file('back.yaml'), contractYaml(contract('agent-a', [PATH, httpRule('r-9', path('/new'))]))),
    ],
  ]
  const EDIT = (how: string) => ['learn', how, '--candidate', 'held.yaml', '--out', 'back.yaml']
  const PATH = httpRule('r-2', path('/private/project'), 'capture_only')
  const ratify = (...more: readonly string[]) =>
    run([
      ...['learn', 'ratify', '--candidate', 'back.yaml', '--receipt-key-agent', RECEIPT.id, '--level', 'method'],
      ...more,
    ])
  const enforced = (name: string) =>
    decodeContract(readFileSync(file(name)), 'yaml')
      .body.rules?.filter((rule) => rule.lifecycle_state === 'enforce')
      .map((rule) => rule.rule_id)
  const hashIn = (name: string) => decodeContract(readFileSync(file(name)), 'yaml').body.contract_hash
  beforeEach(() => {
    writeFileSync(file('held.yaml'), contractYaml(older))
    const values = [
      {event_count: 5, value: 'one'},
      {event_count: 4, value: 'two'},
    ]
    writeFileSync(
      file('held.segments.json'),
      JSON.stringify({contract_hash: older.body.contract_hash, rules: {'r-4': [{index: 2, path_index: 0, values}]}}),
    )
  })

  test.each(ways)(
    'does not come back by %s: ratify holds it, promote refuses it, and a person can restore it',
    {timeout: 180_000},
    (_, bring) => {
      expect(forget().status).toBe(0)
      bring()
      const store = ['--contract-store', files.directory]
      const byDefault = ratify('--out', 'default.yaml', ...store)
      expect([byDefault.status, enforced('default.yaml')?.includes('r-2')]).toEqual([0, false])
      expect(byDefault.stderr).toMatch(/learn forget removed it: r-2 \(--restore-forgotten/)

      const all = decodeContract(readFileSync(file('back.yaml')), 'yaml').body.rules ?? []
      // r-3 is host-wide
      const decisions = Object.fromEntries(all.map(({rule_id: id}) => [id, id === 'r-3' ? 'capture_only' : 'enforce']))
      writeFileSync(file('decisions.json'), JSON.stringify(decisions))
      const decided = ['--decisions', 'decisions.json', ...store]
      expect(ratify('--out', 'decided.yaml', ...decided)).toMatchObject({status: 1, code: 'rule_forgotten'})
      expect(existsSync(file('decided.yaml'))).toBe(false)

      const restored = ratify('--out', 'restored.yaml', ...decided, '--restore-forgotten', 'r-2')
      expect([restored.status, enforced('restored.yaml')?.includes('r-2')]).toEqual([0, true])
      const refused = promote('restored.yaml', hashIn('restored.yaml'))
      expect(refused).toMatchObject({status: 1, code: 'rule_forgotten'})
      expect(refused.stderr).toContain('--restore-forgotten r-2')
      expect(active()).toBeUndefined()
      const done = promote('restored.yaml', hashIn('restored.yaml'), '--restore-forgotten', 'r-2')
      expect([done.status, done.stderr.includes('is enforced again')]).toEqual([0, true])
    },
  )

  test('is refused by rollback to a manifest from before it, in another contract', {timeout: 120_000}, () => {
    const before = contract('agent-a', [httpRule('r-2', path('/private/project'))])
    writeFileSync(file('before.yaml'), contractYaml(before))
    const first = promote('before.yaml', before.body.contract_hash)
    const manifest = /manifest (sha256:[0-9a-f]{64}) generation 1/.exec(first.stdout)?.[1] ?? ''
    expect(forget().status).toBe(0)
    expect(promote('held.forgotten.yaml', hashIn('held.forgotten.yaml')).status).toBe(0)
    const back = ['learn', 'rollback', '--to', manifest, ...lifecycle()]
    expect(run(back)).toMatchObject({status: 1, code: 'rule_forgotten'})
    expect(run([...back, '--restore-forgotten', 'r-2']).status).toBe(0)
  })

  test(
    'is held back by ratify without a store, and stays with the contracts of other agents',
    {timeout: 120_000},
    () => {
      expect(run(FORGET).status).toBe(0)
      expect(statSync(file('tombstones/forgotten.json')).mode & 0o777).toBe(0o600)
      writeFileSync(file('back.yaml'), contractYaml(contract('agent-a', [PATH, httpRule('r-9', path('/new'))])))
      expect([ratify('--out', 'a.yaml').status, enforced('a.yaml')]).toEqual([0, ['r-9']])
      writeFileSync(file('back.yaml'), contractYaml(contract('agent-b', [PATH, httpRule('r-9', path('/new'))])))
      expect([ratify('--out', 'b.yaml').status, enforced('b.yaml')]).toEqual([0, ['r-2', 'r-9']])
    },
  )

  test(
    'is recorded once, with mode 0600; a damaged record and a rule nobody forgot are refused',
    {timeout: 120_000},
    () => {
      expect([forget().status, forget().status]).toEqual([0, 0])
      const record = files.path('forgotten.json')
      expect(statSync(record).mode & 0o777).toBe(0o600)
      expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({
        schema_version: 1,
        rules: [{rule_id: 'r-2', agent: 'agent-a', contract_hash: older.body.contract_hash}],
      })
      expect(readFileSync(record, 'utf8')).not.toContain('private')
      const left = hashIn('held.forgotten.yaml')
      expect(promote('held.forgotten.yaml', left, '--restore-forgotten', 'r-8')).toMatchObject({
        status: 2,
        code: 'usage',
      })
      writeFileSync(record, '{"schema_version":1')
      expect(promote('held.forgotten.yaml', left).status).toBe(1)
      expect(active()).toBeUndefined()
    },
  )
})

describe('refuses', () => {
  const nothing = () => {
    expect([
      existsSync(file('held.forgotten.yaml')),
      existsSync(buried()),
      existsSync(local()),
      receiptLines(),
    ]).toEqual([false, false, false, []])
  }
  test.each<[string, readonly string[], string, number]>([
    ['an unknown rule', ['--rule-id', 'r-9'], 'rule_not_found', 1],
    ['a blank rule id', ['--rule-id', ' '], 'usage', 2],
    ['a blank reason', ['--reason', ' \n'], 'usage', 2],
    ['a reason with a control character', ['--reason', 'a\u001b[2Jb'], 'usage', 2],
    ['a reason with a line break', ['--reason', 'a\nb'], 'usage', 2],
    ['a reason that reorders text', ['--reason', 'a\u202eb'], 'usage', 2],
    ['the candidate as output', ['--out', 'held.yaml'], 'usage', 2],
    ['the signing key as output', ['--out', 'keys/agents/compile-1/id_ed25519'], 'usage', 2],
    ['the operator key as receipt file', ['--receipt-out', 'keys/anna.json'], 'usage', 2],
    ['one file for two outputs', ['--out', 'x.yaml', '--receipt-out', 'x.yaml'], 'usage', 2],
    ['a store that is none', ['--contract-store', 'nowhere'], 'file_not_found', 1],
    ['an operator key that is not there', ['--activation-key', 'op-x'], 'key_missing', 1],
    ['a key of another purpose', ['--activation-key', RECEIPT.id], 'invalid', 1],
    ['an agent key as operator without a roster', ['--activation-key', 'compile-1'], 'wrong_key_purpose', 1],
    ['a missing compile key', ['--compile-key-agent', 'nobody'], 'key_missing', 1],
  ])('%s', (_, more, code, status) => {
    const words = [...FORGET, '--contract-store', files.directory]
    for (let i = 0; i < more.length; i += 2) {
      const at = words.indexOf(more[i] ?? '')
      if (at === -1) words.push(more[i] ?? '', more[i + 1] ?? '')
      else words[at + 1] = more[i + 1] ?? ''
    }
    const done = run(words)
    expect([done.status, done.stdout]).toEqual([status, ''])
    if (code !== 'invalid') expect(done.code).toBe(code)
    // nothing that moves a cursor comes back
    expect(done.stderr).not.toMatch(/[\u001b\u202e]/)
    nothing()
  })

  test('a candidate that another key signed in the name of its signer, and one with a changed byte', () => {
    writeFileSync(file('held.yaml'), contractYaml(signContract(held.body, key('mallory'))))
    expect(forget()).toMatchObject({status: 1, code: 'signature_invalid'})
    writeFileSync(file('held.yaml'), contractYaml(held).replace('/v1', '/v2'))
    expect(forget()).toMatchObject({status: 1, code: 'hash_mismatch'})
    nothing()
  })

  test('links at the place of candidate, output and tombstone', () => {
    symlinkSync('held.yaml', file('link.yaml'))
    expect(run(FORGET.map((word) => (word === 'held.yaml' ? 'link.yaml' : word)))).toMatchObject({
      status: 1,
      code: 'file_not_regular',
    })
    symlinkSync('roster.json', file('held.forgotten.yaml'))
    expect(forget().status).not.toBe(0)
    rmSync(file('held.forgotten.yaml'))
    mkdirSync(file('tombstones'))
    symlinkSync('../roster.json', local())
    expect(forget()).toMatchObject({status: 1, code: 'file_not_regular'})
    expect(readFileSync(file('roster.json'), 'utf8')).toBe(rosterFile())
  })

  test('the last rule', () => {
    const last = contract('agent-a', [httpRule('r-2')])
    writeFileSync(file('held.yaml'), contractYaml(last))
    expect(forget()).toMatchObject({status: 1, code: 'last_rule'})
    nothing()
  })

  test('to choose between two operators, and a tombstone of another one', () => {
    writeFileSync(join(keys, 'bert.json'), jsonKeyText(BERT.key, 'contract-activation-signing', NOW, BERT.keyId), {
      mode: 0o600,
    })
    const done = forget()
    expect([done.code, done.stderr.includes(ANNA.keyId), done.stderr.includes(BERT.keyId)]).toEqual([
      'key_ambiguous',
      true,
      true,
    ])
    nothing()
    files.tombstone(HASH, {signer: BERT})
    expect(forget('--activation-key', ANNA.keyId)).toMatchObject({status: 1, code: 'write_once_conflict'})
    expect(existsSync(file('held.forgotten.yaml'))).toBe(false)
  })
})

test('warns of a reason that says too much, of other rules with the same path, and of a tombstone nobody enforces', () => {
  const twice = contract('agent-a', [httpRule('r-1', path('/private')), httpRule('r-2', path('/private'))])
  writeFileSync(file('held.yaml'), contractYaml(twice))
  const reason = `mail to anna@example.com ${'x'.repeat(200)}`
  const done = run([...FORGET.slice(0, -1), reason])
  expect(done.status).toBe(0)
  const warnings = done.stderr.split('\n').filter((line) => line.startsWith('warning: '))
  expect(warnings.map((line) => /@|200 characters|evidence only|"r-1"/.exec(line)?.[0])).toEqual([
    '200 characters',
    '@',
    'evidence only',
    '"r-1"',
  ])
})

test('run twice changes nothing more; another reason is another receipt of the same tombstone', () => {
  expect(forget().status).toBe(0)
  const before = [readFileSync(buried(), 'utf8'), readFileSync(file('held.forgotten.yaml'), 'utf8')]
  const again = forget()
  expect([again.status, receiptLines()]).toEqual([0, [expect.any(String)]])
  expect([readFileSync(buried(), 'utf8'), readFileSync(file('held.forgotten.yaml'), 'utf8')]).toEqual(before)
  expect(run([...FORGET.slice(0, -1), 'another', '--contract-store', files.directory]).status).toBe(0)
  const ids = receiptLines().map((line) => (JSON.parse(line) as {event_id: string}).event_id)
  expect(new Set(ids).size).toBe(2)
})

test(
  'killed before every write it leaves the old candidate whole, and the same command ends it',
  {timeout: 300_000},
  () => {
    const whole = readFileSync(file('held.yaml'), 'utf8')
    const fresh = join(folder, '..', `${folder.split('/').at(-1)}-fresh`)
    cpSync(folder, fresh, {recursive: true})
    try {
      for (let at = 1; ; at += THOROUGH ? 1 : 9) {
        rmSync(folder, {recursive: true})
        cpSync(fresh, folder, {recursive: true})
        const words = [...FORGET, '--contract-store', files.directory]
        const done = run(words, {KILL_AT: String(at)}, ['--import', preload])
        if (done.signal !== 'SIGKILL') {
          expect([done.status, at > 12]).toEqual([0, true])
          break
        }
        expect(readFileSync(file('held.yaml'), 'utf8')).toBe(whole)
        if (existsSync(file('held.forgotten.yaml'))) {
          verifyContract(decodeContract(readFileSync(file('held.forgotten.yaml')), 'yaml'), COMPILE.public)
          expect(receiptLines()).toHaveLength(1)
        }
        expect(run(words)).toMatchObject({status: 0})
        verifyContract(decodeContract(readFileSync(file('held.forgotten.yaml')), 'yaml'), COMPILE.public)
        const tombstone = decodeTombstone(readFileSync(buried()), 'json')
        expect(decodeTombstone(readFileSync(local()), 'yaml')).toEqual(tombstone)
        const receipts = receiptLines().map((line) => JSON.parse(line) as {payload: {tombstone_hash: string}})
        expect(receipts.map(({payload}) => payload.tombstone_hash)).toEqual([tombstoneHash(tombstone)])
      }
    } finally {
      rmSync(fresh, {recursive: true, force: true})
    }
  },
)
