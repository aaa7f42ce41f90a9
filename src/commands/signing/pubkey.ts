// Prints the public key that receipts are signed with.
import {PipelockError} from '../../core/errors.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {commandLine} from '../../lib/shell-words.js'

export default class SigningPubkey extends PipelockCommand {
  static override summary = 'Print the public key of the recorder'
  static override examples = [
    'pipelock signing pubkey --config pipelock.yaml',
    'pipelock signing pubkey --key-file key.json',
  ]
  static override flags = {
    'key-file': Flags.string({helpValue: 'FILE', exclusive: ['config'], description: 'key file'}),
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration whose recorder key is meant'}),
    out: Flags.string({helpValue: 'FILE', description: 'write the key to a file as well'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningPubkey)
    const path = flags['key-file'] ?? (await this.recorderKey(flags.config))
    const signing = await this.tools('signing')
    const key = signing.recorderPublicKey(path, flags.out)
    if (!key.is_private) this.progress(`note: ${path} holds a public key only`)
    this.finish(key, () => key.public)
    this.next(commandLine('integrity verify EVIDENCE', ['--key', flags.out ?? key.public]))
  }

  private async recorderKey(configPath: string | undefined): Promise<string> {
    if (configPath === undefined && !this.ports.env['PIPELOCK_CONFIG']) {
      throw new PipelockError('usage', 'name the key with --key-file, or the configuration with --config')
    }
    const {signingKeyPath: path} = await this.published('recorder', await this.loadConfig(configPath))
    if (path !== '') return path
    throw new PipelockError('key_missing', 'flight_recorder.signing_key_path is not set in this configuration')
  }
}
