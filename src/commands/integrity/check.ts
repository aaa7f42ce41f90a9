// integrity check: compares a folder with its manifest.
import {printable, quoted} from '../../lib/terminal.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {folderArgs, folderFlags} from '../../cli/integrity-flags.js'
import {carried} from '../../cli/next-step.js'
import {commandLine, fileWord} from '../../lib/shell-words.js'
import {counted} from '../../lib/page/numbers.js'

export default class IntegrityCheck extends PipelockCommand {
  static override summary = 'Compare the files of a folder with its manifest'
  static override description =
    'Exit status 1 for any difference, and with --verify for a manifest that the agent did not sign: then nothing is compared.'
  static override examples = [
    'pipelock integrity check workspace/',
    'pipelock integrity check workspace/ --verify --agent operator --json',
  ]
  static override args = folderArgs
  static override flags = {
    ...folderFlags,
    verify: Flags.boolean({description: 'trust the manifest only with a valid signature of --agent'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IntegrityCheck)
    const signing = flags.verify ? await this.tools('signing') : undefined
    const verifier = signing?.contentVerifier(flags.keystore, flags.agent)
    const workspace = await this.tools('workspace')
    const {manifest, files, violations, isSigned} = this.measured('reading files', ({updateFiles}) =>
      workspace.check({
        directory: args.directory,
        manifest: flags.manifest,
        verify: verifier?.verify,
        onRead: updateFiles,
      }),
    )
    if (!verifier) {
      this.progress(
        `UNVERIFIED: ${isSigned ? 'the signature of the manifest was not checked' : 'the manifest is not signed'}: ` +
          'whoever can write the folder can write the manifest',
      )
    }
    const ok = violations.length === 0
    this.finish(
      {ok, violations},
      () =>
        [
          `${ok ? 'OK' : 'VIOLATED'}: ${counted(files, 'file')} in ${manifest}${ok ? '' : `, ${counted(violations.length, 'violation')}`}`,
          ...violations.map(({path, type, expected, actual}) => {
            const change = expected !== null && actual !== null ? `: ${printable(`${expected} is now ${actual}`)}` : ''
            return `  ${type} ${quoted(path)}${change}`
          }),
        ].join('\n'),
      ok ? 0 : 1,
    )
    if (ok) return
    const sign = flags.verify ? ' --sign' : ''
    const given = carried(flags, 'manifest', 'agent', 'keystore')
    this.next(commandLine(`integrity update ${fileWord(args.directory)}${sign}`, ...given))
  }
}
