// kill-switch status: which sources deny traffic.
import {adminFlags} from '../../cli/admin-command.js'
import {KillSwitchCommand} from '../../cli/kill-switch-command.js'

export default class KillSwitchStatus extends KillSwitchCommand {
  static override summary = 'Show whether the kill switch is active, and by which source'
  static override description = 'The exit status is 0 whether it is active or not; --json has a member for each source.'
  static override examples = ['<%= config.bin %> kill-switch status', '<%= config.bin %> kill-switch status --json']
  static override flags = adminFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(KillSwitchStatus)
    await this.status(flags)
  }
}
