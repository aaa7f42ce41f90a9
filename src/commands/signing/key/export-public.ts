// Writes the public half of a key file as hex, for those who verify.
import {Flags, PipelockCommand} from '../../../cli/base.js'
import {commandLine} from '../../../lib/shell-words.js'

export default class SigningKeyExportPublic extends PipelockCommand {
  static override summary = 'Write the public half of a key file'
  static override examples = ['pipelock signing key export-public --key-file /secure/root.json --out /srv/root.pub']
  static override flags = {
    'key-file': Flags.string({aliases: ['key'], required: true, helpValue: 'FILE', description: 'key file'}),
    out: Flags.string({required: true, helpValue: 'FILE', description: 'absolute path of the public key file'}),
    force: Flags.boolean({description: 'replace an existing file'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningKeyExportPublic)
    const signing = await this.tools('signing')
    const key = signing.exportPublic(flags['key-file'], flags.out, flags.force)
    this.finish(key, () => `Public key written to ${key.out}\nfingerprint: ${key.fingerprint}`)
    this.next(commandLine('integrity verify EVIDENCE', ['--key', key.out]))
  }
}
