// pipelock healthcheck: the probe of containers and supervisors.
import {PipelockError} from '../core/errors.js'
import {showListen, splitListen, type ListenAddress} from '../core/listen.js'
import type {ProbeResult} from '../host/probe.js'
import {Flags, PipelockCommand} from '../cli/base.js'

const TIMEOUT_MS = 3_000
const IN_THE_LOG = 'the log of the firewall says more: its newest events subsystem_unhealthy'

export default class Healthcheck extends PipelockCommand {
  static override summary = 'Check the health of a running firewall'
  static override description =
    'Healthy is only the health page of Pipelock with status 200; another program on the port is not. Without --addr the ' +
    'listener is the one that the configuration names: -c, else PIPELOCK_CONFIG, else ./pipelock.yaml, else 127.0.0.1:8888.'
  static override examples = [
    '<%= config.bin %> healthcheck',
    '<%= config.bin %> healthcheck --addr 127.0.0.1:9888 --json',
  ]
  static override flags = {
    addr: Flags.string({
      helpValue: 'ADDR',
      exclusive: ['config'],
      description: 'host:port of its main listener; default: fetch_proxy.listen of the configuration',
    }),
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file that names the listener'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Healthcheck)
    const address = flags.addr === undefined ? await this.#configured(flags.config) : parsed(flags.addr)
    const {probe} = await import('../host/probe.js')
    const result = await probe(address, TIMEOUT_MS)
    const {status, reasons} = result
    const healthy = status === 200 && result.isPipelock
    const problem = healthy ? undefined : problemOf(result)
    const shown = problem === undefined ? {} : {problem, ...(reasons.length > 0 ? {reasons} : {})}
    this.finish(
      {healthy, address: showListen(address), status, ...shown},
      () => (problem === undefined ? 'healthy' : `unhealthy: ${problem}`),
      healthy ? 0 : 1,
    )
  }

  async #configured(file: string | undefined): Promise<ListenAddress> {
    const [{chooseSource}, {treeOfSource}, {mainListener}] = await Promise.all([
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
      this.tools('proxy'),
    ])
    const {source, origin} = chooseSource(file, this.ports)
    const address = mainListener((await treeOfSource(source)).value)
    if (address.port === 0) {
      throw new PipelockError('usage', `${origin}: fetch_proxy.listen takes any free port`, {
        hint: 'name it with --addr',
      })
    }
    return address
  }
}

function parsed(text: string): ListenAddress {
  const address = splitListen(text)
  if (!address || address.port === 0) throw new PipelockError('usage', `--addr: ${text} is not host:port`)
  return address
}

function problemOf({status, isPipelock, reasons, problem}: ProbeResult): string {
  if (status === 0) return problem ?? 'no response'
  if (!isPipelock) return `status ${status} without a health page of Pipelock: another program listens there`
  // the page gives codes only, since the agent can read it
  return `${reasons.length > 0 ? reasons.join(', ') : `status ${status}`}; ${IN_THE_LOG}`
}
