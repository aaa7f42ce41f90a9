// Keeps a path segment apart from the wildcards of a rule.
import {commandLine, fileWord} from '../../lib/shell-words.js'
import {printable, quoted} from '../../lib/terminal.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {carried} from '../../cli/next-step.js'

export default class LearnPin extends PipelockCommand {
  static override summary = 'Keep a path segment apart from the wildcards of a rule'
  static override examples = [
    'pipelock learn pin --candidate coder.candidate.yaml --rule r-2acede6493b8237e535d --segment export',
  ]
  static override flags = {
    candidate: Flags.string({required: true, helpValue: 'FILE', description: 'candidate contract, YAML or JSON'}),
    rule: Flags.string({required: true, helpValue: 'ID', description: 'rule whose wildcards must not cover it'}),
    segment: Flags.string({required: true, helpValue: 'VALUE', description: 'one segment, as in a URL path'}),
    out: Flags.string({helpValue: 'FILE', description: 'changed candidate; default: the candidate is rewritten'}),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'compile-key-agent': Flags.string({
      helpValue: 'NAME',
      description: 'key that signs; default: that of the candidate’s signer',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnPin)
    const learn = await this.tools('learn')
    const result = await learn.pin(flags, await this.tools('signing'))
    for (const warning of result.warnings) this.warn(printable(warning))
    this.audit({
      event: 'learn_pin',
      candidate: flags.candidate,
      dest: result.out,
      rule: result.ruleId,
      segment: result.segment,
      segments_changed: result.changed,
      ...(result.agent === undefined ? {} : {agent: result.agent}),
      signer_key_id: result.signerKeyId,
      cross_agent_signing: result.agent !== undefined && result.signerKeyId !== result.agent,
      noop: result.changed === 0,
    })
    const summary = `pin: rule ${printable(result.ruleId)}, segment ${quoted(result.segment, 256)}`
    const where = `written to ${printable(result.out)}`
    this.finish(
      {
        contract_hash: result.contractHash,
        prior_contract_hash: result.priorContractHash,
        rule: result.ruleId,
        segment: result.segment,
        segments_changed: result.changed,
        output: result.out,
      },
      () => (result.changed === 0 ? `${summary} already pinned, no-op (${where})` : `${summary} pinned, ${where}`),
    )
    this.next(commandLine(`learn review ${fileWord(flags.out ?? flags.candidate)}`, ...carried(flags, 'keystore')))
  }
}
