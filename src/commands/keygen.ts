// keygen: creates a key pair in the key store.
import {Args, Flags, PipelockCommand} from '../cli/base.js'
import {rosterWith} from '../cli/next-step.js'

export default class Keygen extends PipelockCommand {
  static override summary = 'Create a key pair in the key store'
  static override examples = ['pipelock keygen coder', 'pipelock keygen receipt-signing --keystore /etc/pipelock']
  static override args = {
    name: Args.string({required: true, description: 'agent or key name: letters, digits, . _ -'}),
  }
  static override flags = {
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    force: Flags.boolean({description: 'replace an existing pair'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Keygen)
    const signing = await this.tools('signing')
    const pair = signing.generatePair(flags.keystore, args.name, flags.force)
    this.finish(pair, () =>
      [
        `Key pair generated for agent "${pair.name}"`,
        `Public key: ${pair.public_key}`,
        `Fingerprint: ${pair.fingerprint}`,
        `Share with: pipelock trust ${pair.name} ${pair.public_key}`,
      ].join('\n'),
    )
    this.next(rosterWith(pair.name, pair.public_key, 'contract-compile-signing'))
  }
}
