// Verifies a key roster under a pinned root fingerprint.
import {PipelockCommand} from '../../../cli/base.js'
import {oneRosterFlags} from '../../../cli/roster-flags.js'
import {carried} from '../../../cli/next-step.js'
import {commandLine} from '../../../lib/shell-words.js'

export default class SigningRosterVerify extends PipelockCommand {
  static override summary = 'Verify a key roster'
  static override examples = ['pipelock signing roster verify --path roster.json --roster-root-fingerprint sha256:…']
  static override flags = oneRosterFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningRosterVerify)
    const signing = await this.tools('signing')
    const roster = signing.verifyRosterFile(flags.path, flags['roster-root-fingerprint'])
    for (const warning of roster.warnings) this.warn(warning)
    this.finish(
      roster,
      () => `roster verified: ${roster.keys} keys, root_signed_by=${signing.printable(roster.root_signed_by)}`,
    )
    this.next(commandLine('signing roster show', ...carried(flags, 'path', 'roster-root-fingerprint')))
  }
}
