// sign: signs the bytes of a file with a key of the key store.
import {Args, Flags, PipelockCommand} from '../cli/base.js'
import {carried} from '../cli/next-step.js'
import {commandLine, fileWord} from '../lib/shell-words.js'

export default class Sign extends PipelockCommand {
  static override summary = 'Sign a file; the signature is written beside it'
  static override examples = ['pipelock sign release.tar.gz --agent release']
  static override args = {file: Args.string({required: true, description: 'file to sign'})}
  static override flags = {
    agent: Flags.string({helpValue: 'NAME', description: 'key that signs [env PIPELOCK_AGENT]'}),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Sign)
    const signing = await this.tools('signing')
    const signed = signing.signFile(flags.keystore, flags.agent, args.file)
    this.finish(signed, () => `Signature written to ${signed.signature}`)
    this.next(commandLine(`verify ${fileWord(args.file)}`, ['--agent', signed.agent], ...carried(flags, 'keystore')))
  }
}
