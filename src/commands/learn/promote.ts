// Puts a ratified contract in force for an agent.
import {commandLine} from '../../lib/shell-words.js'
import {Flags} from '../../cli/base.js'
import {LifecycleCommand, lifecycleFlags} from '../../cli/lifecycle.js'
import {carried} from '../../cli/next-step.js'

export default class LearnPromote extends LifecycleCommand {
  static override summary = 'Put a ratified contract in force'
  static override examples = [
    'pipelock learn promote --config pipelock.yaml --contract-hash sha256:… --selector coder --activation-key op-anna',
    'pipelock learn promote … --production --dual-control-from op-bert',
  ]
  static override flags = {
    'contract-hash': Flags.string({
      aliases: ['contract'],
      required: true,
      helpValue: 'HASH',
      description: 'contract, sha256: and 64 digits',
    }),
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
    ...lifecycleFlags,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnPromote)
    const contract = await this.tools('contract')
    const result = await contract.promote(flags, await this.surroundings(flags))
    this.audit({
      event: 'learn_promote',
      ...(flags.candidate === undefined ? {} : {candidate: flags.candidate}),
      agent: flags.selector,
      signer_key_id: flags['activation-key'],
      manifest: result.manifestHash,
      output: result.receiptFile,
      receipts_emitted: result.receiptsEmitted,
      noop: false,
    })
    this.finish(
      {
        manifest_hash: result.manifestHash,
        generation: result.generation,
        contract_hash: flags['contract-hash'],
        selector: flags.selector,
        receipts: result.receiptFile,
      },
      () => `promote: manifest ${result.manifestHash} generation ${result.generation} active`,
    )
    this.next(
      commandLine('learn status', ...carried(flags, 'config', 'contract-store', 'roster', 'roster-root-fingerprint')),
    )
  }
}
