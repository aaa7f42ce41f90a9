// Compares two shadow reports.
import {printable} from '../../lib/terminal.js'
import {Args, Flags, PipelockCommand} from '../../cli/base.js'
import {counted} from '../../lib/page/numbers.js'

export default class LearnDiff extends PipelockCommand {
  static override summary = 'Compare two shadow reports'
  static override examples = [
    'pipelock learn diff last-week.shadow.json today.shadow.json',
    'pipelock learn diff last-week.shadow.json today.shadow.json --out diff.md',
  ]
  static override args = {
    first: Args.string({required: true, description: 'report of learn shadow --out-json'}),
    second: Args.string({required: true, description: 'the report that is compared with it'}),
  }
  static override flags = {
    out: Flags.string({helpValue: 'FILE', description: 'write the comparison to a file'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LearnDiff)
    const learn = await this.tools('learn')
    const {diff, markdown} = await learn.diff({first: args.first, second: args.second, out: flags.out})
    this.audit({
      event: 'learn_diff',
      inputs: [args.first, args.second],
      ...(flags.out === undefined ? {} : {dest: flags.out}),
      noop: diff.rules.length === 0,
    })
    if (flags.out === undefined) await this.finishMarkdown(diff, markdown)
    else this.finish(diff, () => printable(`diff: ${counted(diff.rules.length, 'rule')}, written to ${flags.out}`))
  }
}
