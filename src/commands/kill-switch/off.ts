// kill-switch off: releases what `kill-switch on` denied.
import {turnFlags} from '../../cli/admin-command.js'
import {Flags} from '../../cli/base.js'
import {KillSwitchCommand} from '../../cli/kill-switch-command.js'

export default class KillSwitchOff extends KillSwitchCommand {
  static override summary = 'Let traffic pass again'
  static override description =
    'Releases the source api only: while the configuration, SIGUSR1 or the sentinel file deny traffic, it stays denied, and ' +
    'the output names the source. Asks for confirmation on a terminal.'
  static override examples = ['<%= config.bin %> kill-switch off', '<%= config.bin %> kill-switch off --yes --json']
  static override flags = {...turnFlags, yes: Flags.boolean({description: 'do not ask for confirmation'})}

  async run(): Promise<void> {
    const {flags} = await this.parse(KillSwitchOff)
    await this.turn(false, flags)
  }
}
