// integrity verify: verifies recorder logs and the receipt chains in them.
import {PipelockError} from '../../core/errors.js'
import {Args, effortFlags, Flags, PipelockCommand} from '../../cli/base.js'
import {rosterFlags, rosterOf, trustedKeys} from '../../cli/roster-flags.js'
import {carried, trusted} from '../../cli/next-step.js'
import {commandLine} from '../../lib/shell-words.js'

const MAX_SEQ = 2n ** 64n - 1n

export default class IntegrityVerify extends PipelockCommand {
  static override summary = 'Verify evidence: recorder entries, checkpoints and receipts'
  static override examples = [
    'pipelock integrity verify evidence/ --key signer.pub',
    'pipelock integrity verify evidence/ --key old.pub --key new.pub --session proxy --expect-head HASH',
  ]
  static override args = {path: Args.string({required: true, description: 'an evidence directory or file'})}
  static override flags = {
    key: trustedKeys,
    ...rosterFlags,
    session: Flags.string({description: 'verify this session only'}),
    recursive: Flags.boolean({description: 'include subdirectories'}),
    'expect-head': Flags.string({
      helpValue: 'HASH',
      description: 'root hash known from elsewhere; needs a single session',
    }),
    'expect-seq': Flags.string({helpValue: 'N', description: 'final seq known from elsewhere; needs a single session'}),
    ...effortFlags,
    strict: Flags.boolean({description: 'treat a repeated action as an error'}),
    'retained-suffix': Flags.boolean({description: 'start from the signed retention anchor'}),
  }

  async run(): Promise<void> {
    const {flags, args} = await this.parse(IntegrityVerify)
    const receipts = await this.tools('receipts')
    const meter = this.progressMeter('verifying')
    const request = {
      progress: meter.update,
      jobs: flags.jobs,
      resume: flags.resume === undefined ? undefined : {path: flags.resume, home: this.ports.home},
      path: args.path,
      keys: flags.key ?? [],
      roster: await rosterOf(flags, () => this.tools('signing')),
      session: flags.session,
      recursive: flags.recursive,
      expectHead: flags['expect-head'],
      expectSeq: parseSeq(flags['expect-seq']),
      strict: flags.strict,
      retainedSuffix: flags['retained-suffix'],
    }
    const report = await receipts.verifyIntegrity(request).finally(meter.end)
    this.finish(report.json, () => report.text, report.ok ? 0 : 1)
    const given = [...carried(flags, 'session'), ...trusted(flags)]
    this.next(commandLine('report', ['--evidence', args.path], ...given, ['--html', 'report.html']))
  }
}

function parseSeq(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  if (!/^[0-9]{1,20}$/.test(text) || BigInt(text) > MAX_SEQ)
    throw new PipelockError('usage', `--expect-seq ${JSON.stringify(text)} is not a sequence number`)
  return BigInt(text)
}
