// kill-switch on: denies all traffic of a running firewall.
import {turnFlags} from '../../cli/admin-command.js'
import {KillSwitchCommand} from '../../cli/kill-switch-command.js'

export default class KillSwitchOn extends KillSwitchCommand {
  static override summary = 'Deny all traffic of a running firewall at once'
  static override description =
    'Requests are denied with 503, and tunnels, WebSockets and transfers that are under way are cut. The state is kept over a ' +
    'restart. Nothing passes after the command has ended with status 0. Without flags it finds the firewall of this home directory.'
  static override examples = [
    '<%= config.bin %> kill-switch on --reason "agent exfiltrates"',
    '<%= config.bin %> kill-switch on --api-url http://127.0.0.1:8889 --api-token-file /etc/pipelock/admin-token',
  ]
  static override flags = turnFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(KillSwitchOn)
    await this.turn(true, flags)
  }
}
