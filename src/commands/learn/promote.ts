// Puts a ratified contract in force for an agent (learn §18).
import {Flags, PipelockCommand} from '../base.js'

export default class LearnPromote extends PipelockCommand {
  static override summary = 'Put a ratified contract in force'
  static override examples = [
    'pipelock learn promote --config pipelock.yaml --contract sha256:… --selector coder --activation-key op-anna',
    'pipelock learn promote … --production --dual-control-from op-bert',
  ]
  static override flags = {
    contract: Flags.string({required: true, helpValue: 'HASH', description: 'contract, sha256: and 64 digits'}),
    selector: Flags.string({
      required: true,
      helpValue: 'TARGET',
      description: 'agent name, a pattern with * or ?, or default',
    }),
    candidate: Flags.string({
      helpValue: 'FILE',
      description: 'contract file; default: the store, then <home>/contracts/candidates',
    }),
    'replace-all': Flags.boolean({description: 'withdraw the contracts of all other selectors'}),
    'accept-tail': Flags.boolean({description: 'promote although much of the traffic is in paths without rules'}),
    'force-selector': Flags.boolean({description: 'bind the contract to an agent that it was not learned for'}),
    'intent-id': Flags.string({helpValue: 'ID', description: 'id of the receipts; default: a new one'}),
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
    const {flags} = await this.parse(LearnPromote)
    // without a file there are no defaults to take: the schemas of all sections are not loaded for nothing
    const isConfigured = flags.config !== undefined || Boolean(this.ports.env['PIPELOCK_CONFIG'])
    const lock = isConfigured ? (await this.loadConfig(flags.config)).config.learn_lock : undefined
    if (flags.deterministic) this.warn('--deterministic: clock, ids and keys are fixed and public, for tests only')
    const contract = await this.tools('contract')
    const result = await contract.promote(flags, {
      lock,
      keys: await this.tools('signing'),
      append: (await this.tools('receipts')).appendEvidenceReceipt,
      note: (text) => this.progress(text),
      warn: (text) => this.warn(text),
    })
    this.progress(
      JSON.stringify({
        event: 'learn_promote',
        agent: flags.selector,
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
        contract_hash: flags.contract,
        selector: flags.selector,
        receipts: result.receiptFile,
      },
      () => `promote: manifest ${result.manifestHash} generation ${result.generation} active`,
    )
  }
}
