// Prints the body of a verified roster.
import {Flags, PipelockCommand} from '../../../cli/base.js'

export default class SigningRosterShow extends PipelockCommand {
  static override summary = 'Show a key roster once it is verified'
  static override examples = ['pipelock signing roster show --path roster.json --roster-root-fingerprint sha256:…']
  static override flags = {
    path: Flags.string({required: true, helpValue: 'FILE', description: 'roster: .json, .yaml or .yml'}),
    'roster-root-fingerprint': Flags.string({
      aliases: ['root-fingerprint'],
      required: true,
      helpValue: 'SHA256',
      description: 'fingerprint of the root key',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningRosterShow)
    const signing = await this.tools('signing')
    const {body, text, warnings} = signing.showRoster(flags.path, flags['roster-root-fingerprint'])
    for (const warning of warnings) this.warn(warning)
    this.finish(body, () => text)
  }
}
