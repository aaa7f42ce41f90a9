// Takes a rule out of a candidate and buries the contract that held it.
import {printable} from '../../lib/terminal.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {promotion} from '../../cli/next-step.js'

export default class LearnForget extends PipelockCommand {
  static override summary = 'Remove a rule for good, with a tombstone for the contract that held it'
  static override examples = [
    'pipelock learn forget --candidate coder.contract.yaml --rule r-2acede6493b8237e535d --reason "private project" --config pipelock.yaml',
    'pipelock learn forget --candidate coder.contract.yaml --rule r-2acede6493b8237e535d --reason "private project" --contract-store store --activation-key anna',
  ]
  static override flags = {
    candidate: Flags.string({required: true, helpValue: 'FILE', description: 'contract with the rule, YAML or JSON'}),
    rule: Flags.string({aliases: ['rule-id'], required: true, helpValue: 'ID', description: 'rule that is removed'}),
    reason: Flags.string({
      required: true,
      helpValue: 'TEXT',
      description: 'why; signed into the receipt, which cannot be erased later',
    }),
    out: Flags.string({
      helpValue: 'FILE',
      description: 'contract without the rule; default: <candidate>.forgotten.yaml',
    }),
    'tombstone-dir': Flags.string({
      helpValue: 'DIR',
      description: 'copy of the tombstone; default: tombstones beside the candidate',
    }),
    'contract-store': Flags.string({
      helpValue: 'DIR',
      description: 'store where the tombstone is enforced; default: learn_lock.store_dir of --config',
    }),
    'receipt-out': Flags.string({
      helpValue: 'FILE',
      description: 'receipt file; default: redaction-receipts.jsonl beside the candidate',
    }),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'compile-key-agent': Flags.string({
      helpValue: 'NAME',
      description: 'key that signs the contract; default: that of the candidate’s signer',
    }),
    'activation-key': Flags.string({
      helpValue: 'ID',
      description: 'operator key that signs tombstone and receipt; default: the only one in the key store',
    }),
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration with learn_lock'}),
    deterministic: Flags.boolean({hidden: true}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnForget)
    if (flags.deterministic) this.warn('--deterministic: clock, ids and keys are fixed and public, for tests only')
    const loaded = await this.loadFile(flags.config)
    const lock = await this.lockOf(loaded)
    const storeDir = flags['contract-store'] ?? (lock?.store_dir || undefined)
    const learn = await this.tools('learn')
    const signing = await this.tools('signing')
    const contract = await this.tools('contract')
    const hasRoster = lock !== undefined && lock.roster_path !== '' && lock.pinned_root_fingerprint !== ''
    const result = await learn.forget(flags, {
      keys: signing,
      roster: hasRoster ? signing.loadRoster(lock.roster_path, lock.pinned_root_fingerprint) : undefined,
      store: storeDir === undefined ? undefined : contract.tombstones(storeDir),
      append: (await this.tools('receipts')).appendEvidenceReceipt,
      protectedFiles: [loaded?.path, lock?.roster_path].flatMap((path) => (path ? [path] : [])),
    })
    for (const warning of result.warnings) this.warn(warning)
    this.audit({
      event: 'learn_forget',
      candidate: flags.candidate,
      rule: result.ruleId,
      dest: result.out,
      tombstone: result.tombstone,
      ...(result.agent === undefined ? {} : {agent: result.agent}),
      signer_key_id: result.signerKeyId,
      receipts_emitted: result.receiptsEmitted,
      cross_agent_signing: !flags.deterministic && result.agent !== undefined && result.signerKeyId !== result.agent,
      noop: false,
    })
    this.finish(
      {
        contract_hash: result.contractHash,
        prior_contract_hash: result.priorContractHash,
        rule: result.ruleId,
        output: result.out,
        tombstone: result.tombstone,
        tombstone_hash: result.tombstoneHash,
        authorization_id: result.authorizationId,
        enforced_in_store: storeDir !== undefined,
        receipts: result.receipts,
      },
      () =>
        printable(
          `forget: rule ${result.ruleId} removed, candidate written to ${result.out}, tombstone written to ${result.tombstone}`,
        ),
    )
    this.next(
      promotion({contractHash: result.contractHash, agent: result.agent, candidate: result.out}, flags, signing),
    )
  }
}
