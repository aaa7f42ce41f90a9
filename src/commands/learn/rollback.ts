// Brings back what an accepted manifest said, as a new generation (learn §18).
import {Flags, PipelockCommand} from '../base.js'

export default class LearnRollback extends PipelockCommand {
  static override summary = 'Bring an earlier manifest back into force'
  static override examples = ['pipelock learn rollback --config pipelock.yaml --to sha256:… --activation-key op-anna']
  static override flags = {
    to: Flags.string({required: true, helpValue: 'HASH', description: 'accepted manifest, sha256: and 64 digits'}),
    'authorization-id': Flags.string({helpValue: 'ID', description: 'id of the receipts; default: a new one'}),
    'contract-store': Flags.string({helpValue: 'DIR', description: 'contract store; default: learn_lock.store_dir'}),
    roster: Flags.string({helpValue: 'FILE', description: 'key roster; default: learn_lock.roster_path'}),
    'roster-root-fingerprint': Flags.string({
      helpValue: 'FP',
      description: 'fingerprint of the roster root; default: learn_lock.pinned_root_fingerprint',
    }),
    'activation-key': Flags.string({required: true, helpValue: 'ID', description: 'activation key that signs'}),
    'dual-control-from': Flags.string({helpValue: 'ID', description: 'activation key of a second operator'}),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'receipt-key-agent': Flags.string({
      default: 'receipt-signing',
      helpValue: 'ID',
      description: 'key that signs the receipt of the outcome',
    }),
    'receipt-out': Flags.string({
      helpValue: 'FILE',
      description: 'receipt file; default: activation-receipts.jsonl in the store',
    }),
    'environment-id': Flags.string({description: 'environment; default: that of the accepted manifests'}),
    tenant: Flags.string({description: 'tenant of the environment'}),
    'deployment-id': Flags.string({description: 'deployment of the environment'}),
    production: Flags.boolean({description: 'demand two operators, and three in the roster'}),
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
    deterministic: Flags.boolean({hidden: true}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnRollback)
    // without a file there are no defaults to take: the schemas of all sections are not loaded for nothing
    const isConfigured = flags.config !== undefined || Boolean(this.ports.env['PIPELOCK_CONFIG'])
    const lock = isConfigured ? (await this.loadConfig(flags.config)).config.learn_lock : undefined
    if (flags.deterministic) this.warn('--deterministic: clock, ids and keys are fixed and public, for tests only')
    const contract = await this.tools('contract')
    const result = await contract.rollback(flags, {
      lock,
      keys: await this.tools('signing'),
      append: (await this.tools('receipts')).appendEvidenceReceipt,
      note: (text) => this.progress(text),
      warn: (text) => this.warn(text),
    })
    this.progress(
      JSON.stringify({
        event: 'learn_rollback',
        signer_key_id: flags['activation-key'],
        manifest: result.manifestHash,
        output: result.receiptFile,
        receipts_emitted: result.receiptsEmitted,
        noop: false,
      }),
    )
    this.finish(
      {
        manifest_hash: result.manifestHash,
        generation: result.generation,
        rollback_target: flags.to,
        receipts: result.receiptFile,
      },
      () => `rollback: manifest ${flags.to} reactivated as generation ${result.generation}`,
    )
  }
}
