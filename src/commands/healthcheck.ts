// pipelock healthcheck: the probe of containers and supervisors (operations §13.6).
import {PipelockError} from '../core/errors.js'
import {splitListen} from '../core/listen.js'
import {Flags, PipelockCommand} from './base.js'

const TIMEOUT_MS = 3_000
const IN_THE_LOG = 'the log of the firewall says what and why: its newest events subsystem_unhealthy'

export default class Healthcheck extends PipelockCommand {
  static override summary = 'Ask a running firewall whether it is well'
  static override examples = [
    '<%= config.bin %> healthcheck',
    '<%= config.bin %> healthcheck --addr 127.0.0.1:9888 --json',
  ]
  static override flags = {
    addr: Flags.string({default: '127.0.0.1:8888', helpValue: 'ADDR', description: 'host:port of its main listener'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Healthcheck)
    const address = splitListen(flags.addr)
    if (!address || address.port === 0) throw new PipelockError('usage', `--addr: ${flags.addr} is not host:port`)
    const {probe} = await import('../host/probe.js')
    const answer = await probe(address, TIMEOUT_MS)
    const healthy = answer.status === 200
    // the page itself names no reason, since the agent can read it (proxy §15)
    const problem = answer.status === 503 ? IN_THE_LOG : answer.problem
    this.finish(
      {healthy, status: answer.status, ...(problem === undefined ? {} : {problem})},
      () => (healthy ? 'healthy' : `unhealthy: ${problem ?? `status ${answer.status}`}`),
      healthy ? 0 : 1,
    )
  }
}
