// Undoes a collapse of a candidate: literals instead of a wildcard.
import {counted} from '../../lib/page/numbers.js'
import {commandLine, fileWord} from '../../lib/shell-words.js'
import {printable} from '../../lib/terminal.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {carried} from '../../cli/next-step.js'

export default class LearnSplit extends PipelockCommand {
  static override summary = 'Replace a wildcard of a rule by the values that it stands for'
  static override examples = [
    'pipelock learn split --candidate coder.candidate.yaml --rule r-2acede6493b8237e535d',
    'pipelock learn split --candidate coder.candidate.yaml --rule r-2acede6493b8237e535d --index 3 --out narrow.yaml',
  ]
  static override flags = {
    candidate: Flags.string({
      required: true,
      helpValue: 'FILE',
      description: 'candidate with its segment ledger beside it',
    }),
    rule: Flags.string({required: true, helpValue: 'ID', description: 'rule with the wildcard'}),
    index: Flags.integer({
      default: 0,
      min: 0,
      helpValue: 'N',
      description: 'position in the path, from 1; 0 is every collapsed one',
    }),
    out: Flags.string({helpValue: 'FILE', description: 'changed candidate; default: the candidate is rewritten'}),
    'accept-reserved': Flags.boolean({description: 'allow values that are reserved or pinned to become literals'}),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'compile-key-agent': Flags.string({
      helpValue: 'NAME',
      description: 'key that signs; default: that of the candidate’s signer',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnSplit)
    const learn = await this.tools('learn')
    const result = await learn.split(flags, await this.tools('signing'))
    for (const warning of result.warnings) this.warn(printable(warning))
    this.audit({
      event: 'learn_split',
      candidate: flags.candidate,
      dest: result.out,
      rule: result.ruleId,
      index: flags.index,
      segments_changed: result.changed,
      ...(result.agent === undefined ? {} : {agent: result.agent}),
      signer_key_id: result.signerKeyId,
      cross_agent_signing: result.agent !== undefined && result.signerKeyId !== result.agent,
      noop: result.changed === 0,
    })
    this.finish(
      {
        contract_hash: result.contractHash,
        prior_contract_hash: result.priorContractHash,
        rule: result.ruleId,
        segments_changed: result.changed,
        output: result.out,
      },
      () =>
        printable(
          result.changed === 0
            ? `split: rule ${result.ruleId}, no collapsed segments to demote`
            : `split: rule ${result.ruleId}, ${counted(result.changed, 'segment')} demoted, written to ${result.out}`,
        ),
    )
    this.next(commandLine(`learn review ${fileWord(flags.out ?? flags.candidate)}`, ...carried(flags, 'keystore')))
  }
}
