// Shared parts of the commands on a contract store: the flags for store, roster, keys and environment, the input of the
// contract tools, and the text form of a manifest.
import {Flags, PipelockCommand} from './base.js'

/** For every command that can enforce a rule. */
export const restoreForgotten = {
  'restore-forgotten': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'RULE',
    description: 'allow a rule that learn forget removed to be enforced again; repeatable',
  }),
}

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
  production: Flags.boolean({description: 'require two operators, and three in the roster'}),
  ...restoreForgotten,
  config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
  deterministic: Flags.boolean({hidden: true}),
}

/** For commands that only read the store. */
export const storeFlags = {
  'contract-store': lifecycleFlags['contract-store'],
  roster: lifecycleFlags.roster,
  'roster-root-fingerprint': lifecycleFlags['roster-root-fingerprint'],
  config: lifecycleFlags.config,
}

export abstract class LifecycleCommand extends PipelockCommand {
  protected async surroundings(flags: {readonly config?: string | undefined; readonly deterministic: boolean}) {
    // without a file there are no defaults to use, and loading the schemas of all sections would be wasted
    const lock = await this.lockOf(await this.loadFile(flags.config))
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

export interface ManifestInWords {
  readonly generation: number
  readonly manifest_hash: string
  readonly signed_at: string
  readonly signed_by: readonly {readonly key_id: string; readonly principal: string}[]
  readonly rollback_target?: string
  readonly contracts: readonly {
    readonly agent: string
    readonly contract_hash: string
    readonly rules_enforced?: number
    readonly rules?: number
  }[]
  readonly in_force: boolean
  readonly out_of_reach?: string
}

export function manifestLines(entry: ManifestInWords): readonly string[] {
  const place = entry.in_force
    ? ', in force'
    : entry.out_of_reach === undefined
      ? ''
      : `, out of reach of rollback: ${entry.out_of_reach}`
  return [
    `generation ${entry.generation}, since ${entry.signed_at}, signed by ${signers(entry)}${place}`,
    `  manifest ${entry.manifest_hash}`,
    ...(entry.rollback_target === undefined ? [] : [`  restored ${entry.rollback_target}`]),
    ...entry.contracts.map((bound) => `  ${bound.agent}: ${bound.contract_hash}${rulesText(bound)}`),
  ]
}

function signers({signed_by}: ManifestInWords): string {
  return signed_by
    .map(({key_id: id, principal}) => (principal === '' || principal === id ? id : `${principal} (${id})`))
    .join(' and ')
}

function rulesText({rules, rules_enforced: enforced}: ManifestInWords['contracts'][number]): string {
  return rules === undefined ? ' (its key is no longer trusted)' : ` (${enforced} of ${rules} rules enforced)`
}
