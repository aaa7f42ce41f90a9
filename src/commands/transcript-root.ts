// transcript-root: prints the root of a verified chain, to be kept apart from the evidence, where it reveals a removed
// tail.
import {PipelockError} from '../core/errors.js'
import {Args, effortFlags, Flags, PipelockCommand} from '../cli/base.js'
import {carried} from '../cli/next-step.js'
import {commandLine, fileWord} from '../lib/shell-words.js'

export default class TranscriptRoot extends PipelockCommand {
  static override summary = 'Print the root of a verified chain of receipts'
  static override description =
    'Keep what it prints on another machine: verify-receipt --expect-head compares it with the files, and so shows a\n' +
    'removed tail.'
  static override examples = [
    'pipelock transcript-root --chain evidence/ --key signer.pub',
    'pipelock transcript-root receipts.jsonl --key signer.pub --json',
  ]
  // not marked as required: the text of the refusal is part of the interface
  static override strict = false
  static override args = {file: Args.string({description: 'a chain of receipts'})}
  static override flags = {
    key: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY',
      description: 'trusted signer: 64 hex characters or a public key file; repeatable; required',
    }),
    chain: Flags.string({helpValue: 'DIR', description: 'the chain of a session in an evidence directory'}),
    session: Flags.string({default: 'proxy', description: 'recorder session'}),
    ...effortFlags,
  }

  async run(): Promise<void> {
    const {flags, argv} = await this.parse(TranscriptRoot)
    const {chain} = flags
    if (chain !== undefined && argv.length > 0) {
      throw new PipelockError('usage', 'cannot pass a file argument together with --chain')
    }
    if (chain === undefined && argv.length !== 1)
      throw new PipelockError('usage', `accepts 1 arg(s), received ${argv.length}`, {
        hint: 'name a receipt FILE, or a folder with --chain DIR',
      })
    const receipts = await this.tools('receipts')
    const meter = this.progressMeter('verifying')
    const report = await receipts
      .transcriptRoot({
        file: chain === undefined ? String(argv[0]) : undefined,
        chain,
        session: flags.session,
        keys: flags.key ?? [],
        endorsements: [],
        wholeRecorder: false,
        allowUnanchoredSeal: false,
        strict: false,
        requirePinned: true,
        tolerateTornTail: false,
        retainedSuffix: false,
        jobs: flags.jobs,
        resume: flags.resume === undefined ? undefined : {path: flags.resume, home: this.ports.home},
        progress: meter.update,
      })
      .finally(meter.end)
    if (!report.valid) this.progress(`error: ${report.error}`)
    this.finish(report.json, () => report.text, report.valid ? 0 : 1)
    if (!report.valid) return
    const subject = chain === undefined ? ` ${fileWord(String(argv[0]))}` : ''
    const given = carried(flags, 'chain', 'session', 'key')
    this.next(commandLine(`verify-receipt${subject}`, ...given, ['--expect-head', 'ROOT-KEPT-ELSEWHERE']))
  }
}
