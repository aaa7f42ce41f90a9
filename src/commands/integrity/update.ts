// integrity update: brings the manifest of a folder up to date.
import {quoted} from '../../lib/terminal.js'
import {PipelockCommand} from '../../cli/base.js'
import {folderArgs, manifestFlags} from '../../cli/integrity-flags.js'
import {carried} from '../../cli/next-step.js'
import {counted} from '../../lib/page/numbers.js'
import {commandLine, fileWord} from '../../lib/shell-words.js'

export default class IntegrityUpdate extends PipelockCommand {
  static override summary = 'Bring the manifest of a folder up to date, and list what that changes'
  static override description =
    'Patterns of --exclude are added to those of the manifest. With --sign, a manifest is accepted only if the same agent\n' +
    'signed it: one without a signature is refused. Without, a signed manifest is refused.'
  static override examples = [
    'pipelock integrity update workspace/',
    'pipelock integrity update workspace/ --sign --agent operator',
  ]
  static override args = folderArgs
  static override flags = manifestFlags

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IntegrityUpdate)
    const signing = flags.sign ? await this.tools('signing') : undefined
    const signer = signing?.contentSigner(flags.keystore, flags.agent)
    const workspace = await this.tools('workspace')
    const made = this.measured('reading files', ({updateFiles}) =>
      workspace.update({
        directory: args.directory,
        manifest: flags.manifest,
        excludes: flags.exclude ?? [],
        sign: signer?.sign,
        verify: signing?.contentVerifier(flags.keystore, flags.agent).verify,
        onRead: updateFiles,
      }),
    )
    const result = {...made, agent: signer?.agent ?? null, fingerprint: signer?.fingerprint ?? null}
    this.finish(result, () =>
      [
        `${counted(made.files, 'file')} in ${made.manifest}, ${counted(made.changes.length, 'change')}`,
        ...made.changes.map(({path, type}) => `  ${type} ${quoted(path)}`),
        ...(signer ? [`Signed by ${signer.agent} (${signer.fingerprint})`] : []),
      ].join('\n'),
    )
    const verify = flags.sign ? ' --verify' : ''
    const given = carried(flags, 'manifest', 'agent', 'keystore')
    this.next(commandLine(`integrity check ${fileWord(args.directory)}${verify}`, ...given))
  }
}
