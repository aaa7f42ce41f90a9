// Prints the body of a verified roster.
import {PipelockCommand} from '../../../cli/base.js'
import {oneRosterFlags} from '../../../cli/roster-flags.js'

export default class SigningRosterShow extends PipelockCommand {
  static override summary = 'Show a key roster once it is verified'
  static override examples = ['pipelock signing roster show --path roster.json --roster-root-fingerprint sha256:…']
  static override flags = oneRosterFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningRosterShow)
    const signing = await this.tools('signing')
    const {body, text, warnings} = signing.showRoster(flags.path, flags['roster-root-fingerprint'])
    for (const warning of warnings) this.warn(warning)
    this.finish(body, () => text)
  }
}
