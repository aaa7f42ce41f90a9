// What was in force and what rollback can bring back: the accepted manifests of a contract store.
import {commandLine} from '../../lib/shell-words.js'
import {printable} from '../../lib/terminal.js'
import {PipelockCommand} from '../../cli/base.js'
import {manifestLines, storeFlags} from '../../cli/lifecycle.js'
import {carried} from '../../cli/next-step.js'

export default class LearnHistory extends PipelockCommand {
  static override summary = 'List what was promoted, and what rollback can reach'
  static override description =
    'Every manifest is verified with the roster; the store is not changed. A store that a firewall would not start with ends the command with status 1.'
  static override examples = [
    'pipelock learn history --config pipelock.yaml',
    'pipelock learn history --contract-store store --roster roster.json --roster-root-fingerprint sha256:… --json',
  ]
  static override flags = storeFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnHistory)
    const isConfigured = flags.config !== undefined || Boolean(this.ports.env['PIPELOCK_CONFIG'])
    const lock = await this.lockOf(isConfigured ? await this.loadConfig(flags.config) : undefined)
    const contract = await this.tools('contract')
    const inventory = contract.inventory(flags, {lock, keys: await this.tools('signing')})
    this.finish(inventory, () =>
      inventory.manifests.length === 0
        ? printable(`history: nothing has been promoted in ${inventory.store}`)
        : inventory.manifests.flatMap(manifestLines).map(printable).join('\n'),
    )
    const back = inventory.manifests.find((entry) => !entry.in_force && entry.out_of_reach === undefined)
    if (back) {
      const place = carried(flags, 'config', 'contract-store', 'roster', 'roster-root-fingerprint')
      this.next(commandLine('learn rollback', ['--to', back.manifest_hash], ['--activation-key', 'KEY'], ...place))
    }
  }
}
