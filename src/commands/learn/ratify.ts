// Decides which learned rules are enforced, and signs the outcome.
import {PipelockError} from '../../core/errors.js'
import {counted} from '../../lib/page/numbers.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {restoreForgotten} from '../../cli/lifecycle.js'
import {promotion} from '../../cli/next-step.js'

export default class LearnRatify extends PipelockCommand {
  static override summary = 'Decide which rules of a candidate are enforced'
  static override examples = [
    'pipelock learn ratify --candidate coder.candidate.yaml',
    'pipelock learn ratify --candidate coder.candidate.yaml --out coder.contract.yaml --interactive --save-decisions decisions.yaml',
    'pipelock learn ratify --candidate coder.candidate.yaml --decisions decisions.yaml --contract-store /srv/contracts',
  ]
  static override flags = {
    candidate: Flags.string({required: true, helpValue: 'FILE', description: 'candidate contract, YAML or JSON'}),
    out: Flags.string({helpValue: 'FILE', description: 'ratified contract; default: the candidate is rewritten'}),
    force: Flags.boolean({
      description: 'replace an --out that is ratified already, other saved decisions, or any other file',
    }),
    interactive: Flags.boolean({
      description: 'ask about each request pattern, in a terminal; answers are kept until they are signed',
    }),
    'every-rule': Flags.boolean({
      dependsOn: ['interactive'],
      description: 'with --interactive: ask about whole hosts, any-method rules and actions too',
    }),
    decisions: Flags.string({
      helpValue: 'FILE',
      description: 'JSON or YAML map: rule id to enforce, capture_only or reject',
    }),
    'save-decisions': Flags.string({
      helpValue: 'FILE',
      description: 'write the decisions made here, for a later --decisions',
    }),
    level: Flags.string({
      options: ['method', 'host'],
      default: 'method',
      description: 'which rules are enforced by default',
    }),
    'accept-low-confidence': Flags.boolean({description: 'allow rules of low confidence to be enforced'}),
    'accept-host-wide': Flags.boolean({description: 'allow host-wide rules beside narrower ones of the same host'}),
    'accept-tail': Flags.boolean({
      description: 'override the unmatched-path limit; recorded as accepted by the signing key',
    }),
    ...restoreForgotten,
    'receipt-out': Flags.string({
      helpValue: 'FILE',
      description: 'receipt file; default: ratification-receipts.jsonl beside the output',
    }),
    'contract-key': Flags.string({
      helpValue: 'KEY',
      description: 'public key of the candidate’s signer; default: from the key store',
    }),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'compile-key-agent': Flags.string({
      helpValue: 'NAME',
      description: 'key that signs; default: that of the candidate’s signer',
    }),
    'receipt-key-agent': Flags.string({
      default: 'receipt-signing',
      helpValue: 'ID',
      description: 'key that signs the receipt',
    }),
    'contract-store': Flags.string({
      helpValue: 'DIR',
      description: 'install the ratified contract here; default: learn_lock.store_dir of --config',
    }),
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration with learn_lock.store_dir',
    }),
    deterministic: Flags.boolean({hidden: true}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnRatify)
    if (flags.interactive && flags.decisions !== undefined) {
      throw new PipelockError('usage', '--interactive and --decisions exclude each other')
    }
    if (flags.interactive && !this.interactive) {
      throw new PipelockError('usage', '--interactive needs a terminal', {hint: 'decide with --decisions FILE'})
    }
    if (flags.deterministic) this.warn('--deterministic: clock, ids and keys are fixed and public, for tests only')
    const loaded = await this.loadFile(flags.config)
    const storeDir = flags['contract-store'] ?? ((await this.lockOf(loaded))?.store_dir || undefined)
    const learn = await this.tools('learn')
    const contract = await this.tools('contract')
    const signing = await this.tools('signing')
    const result = await learn.ratify(
      {...flags, level: flags.level === 'host' ? 'host' : 'method'},
      {
        keys: signing,
        append: (await this.tools('receipts')).appendEvidenceReceipt,
        stageInstall: storeDir === undefined ? undefined : (hash, text) => contract.stageContract(storeDir, hash, text),
        forgotten: storeDir === undefined ? [] : contract.forgotten(storeDir),
        protectedFiles: loaded?.path === undefined ? [] : [loaded.path],
        terminal: flags.interactive ? terminal() : undefined,
      },
    )
    for (const note of result.notes) this.progress(note)
    this.audit({
      event: 'learn_ratify',
      candidate: flags.candidate,
      ...(result.agent === undefined ? {} : {agent: result.agent}),
      output: result.out,
      signer_key_id: result.signerKeyId,
      rules_ratified: result.ratified,
      rules_rejected: result.rejected,
      receipts_emitted: 1,
      cross_agent_signing: !flags.deterministic && result.agent !== undefined && result.signerKeyId !== result.agent,
      noop: result.unchanged,
    })
    this.finish(
      {
        contract_hash: result.contractHash,
        rules_ratified: result.ratified,
        rules_rejected: result.rejected,
        rules_enforced: result.enforced,
        output: result.out,
        receipts: result.receipts,
      },
      () =>
        `ratify: ${result.enforced} of ${counted(result.ratified + result.rejected, 'rule')} will be enforced, ${result.ratified - result.enforced} kept for information, ${result.rejected} rejected, written to ${result.out}\n${result.contractHash}`,
    )
    const candidate = storeDir === undefined ? result.out : undefined
    this.next(promotion({contractHash: result.contractHash, agent: result.agent, candidate}, flags, signing))
  }
}

function terminal() {
  return {
    input: process.stdin,
    output: process.stderr,
    onInterrupt(listener: () => void) {
      process.on('SIGINT', listener)
      return () => process.off('SIGINT', listener)
    },
  }
}
