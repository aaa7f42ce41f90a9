// What promote and rollback share: the flags that name store, roster, keys and environment, and what a command hands over to
// the contract tools.
import {Flags, PipelockCommand} from './base.js'

export const lifecycleFlags = {
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

export abstract class LifecycleCommand extends PipelockCommand {
  protected async surroundings(flags: {readonly config?: string | undefined; readonly deterministic: boolean}) {
    // without a file there are no defaults to take: the schemas of all sections are not loaded for nothing
    const lock = (await this.loadFile(flags.config))?.config.learn_lock
    if (flags.deterministic) this.warn('--deterministic: clock, ids and keys are fixed and public, for tests only')
    return {
      lock,
      keys: await this.tools('signing'),
      append: (await this.tools('receipts')).appendEvidenceReceipt,
      note: (text: string) => this.progress(text),
      warn: (text: string) => this.warn(text),
    }
  }
}
