// integrity init: writes the first manifest of a folder.
import {PipelockCommand} from '../../cli/base.js'
import {folderArgs, manifestFlags} from '../../cli/integrity-flags.js'
import {carried} from '../../cli/next-step.js'
import {counted} from '../../lib/page/numbers.js'
import {commandLine, fileWord} from '../../lib/shell-words.js'

export default class IntegrityInit extends PipelockCommand {
  static override summary = 'Write a manifest of the files of a folder, to notice later what was changed'
  static override description =
    'Digest, size and mode of every file, and the target of every link; .git, the manifest and its signature are left out.\n' +
    'Whoever can write the folder can write the manifest: sign it, and verify the signature with integrity check --verify.'
  static override examples = [
    'pipelock integrity init workspace/ --exclude node_modules --exclude "build/**"',
    'pipelock integrity init workspace/ --sign --agent operator',
  ]
  static override args = folderArgs
  static override flags = manifestFlags

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IntegrityInit)
    const signer = flags.sign ? (await this.tools('signing')).contentSigner(flags.keystore, flags.agent) : undefined
    const workspace = await this.tools('workspace')
    const made = this.measured('reading files', ({updateFiles}) =>
      workspace.init({
        directory: args.directory,
        manifest: flags.manifest,
        excludes: flags.exclude ?? [],
        sign: signer?.sign,
        onRead: updateFiles,
      }),
    )
    const result = {...made, agent: signer?.agent ?? null, fingerprint: signer?.fingerprint ?? null}
    this.finish(result, () =>
      [
        `${counted(made.files, 'file')} in ${made.manifest}`,
        ...(signer ? [`Signed by ${signer.agent} (${signer.fingerprint})`] : []),
      ].join('\n'),
    )
    const verify = flags.sign ? ' --verify' : ''
    const given = carried(flags, 'manifest', 'agent', 'keystore')
    this.next(commandLine(`integrity check ${fileWord(args.directory)}${verify}`, ...given))
  }
}
