// trust: stores another person's public key under a name.
import {Args, Flags, PipelockCommand} from '../cli/base.js'
import {carried} from '../cli/next-step.js'
import {commandLine} from '../lib/shell-words.js'

export default class Trust extends PipelockCommand {
  static override summary = 'Trust a public key under a name'
  static override examples = ['pipelock trust coder ./coder.pub']
  static override args = {
    name: Args.string({required: true, description: 'name under which the key is trusted'}),
    key: Args.string({required: true, description: 'public key file'}),
  }
  static override flags = {
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    force: Flags.boolean({description: 'replace another key of this name'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Trust)
    const signing = await this.tools('signing')
    const trusted = signing.trust(flags.keystore, args.name, args.key, flags.force)
    this.finish(trusted, () =>
      [`Trusted key stored for "${trusted.name}"`, `Path: ${trusted.path}`, `Fingerprint: ${trusted.fingerprint}`].join(
        '\n',
      ),
    )
    this.next(commandLine('verify FILE', ['--agent', trusted.name], ...carried(flags, 'keystore')))
  }
}
