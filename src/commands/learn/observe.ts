// learn observe: the firewall as `run` starts it, with captures on. Scanning and blocking are unchanged.
import {isAbsolute} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {counted} from '../../lib/page/numbers.js'
import {commandLine} from '../../lib/shell-words.js'
import {uuidv7} from '../../lib/uuid.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import type {LoadedConfig} from '../../host/config/load.js'
import {carried} from '../../cli/next-step.js'

export default class LearnObserve extends PipelockCommand {
  static override summary = 'Run the firewall and record what is decided, for learn compile'
  static override examples = [
    'pipelock learn observe --config pipelock.yaml --capture-dir /var/lib/pipelock/captures',
    'pipelock learn observe --capture-dir /var/lib/pipelock/captures --capture-escrow-public-key "$(cat escrow.pub)"',
  ]
  static override flags = {
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
    'capture-dir': Flags.string({
      helpValue: 'DIR',
      description: 'absolute path of the captures; default: learn.capture_dir',
    }),
    'capture-escrow-public-key': Flags.string({
      helpValue: 'HEX',
      description: 'X25519 key that whole inputs are sealed to, in files beside the captures',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnObserve)
    const {chooseSource} = await import('../../host/choose-source.js')
    const {loadSource} = await import('../../host/config/load.js')
    const {serve} = await import('../../host/serve.js')
    const {source, origin} = chooseSource(flags.config, this.ports)
    const given = flags['capture-dir']?.trim()
    const directory = given ?? (await this.#settings(await loadSource(source))).captureDir
    if (directory === '') {
      throw new PipelockError('usage', 'no directory for captures', {
        hint: 'give --capture-dir or set learn.capture_dir',
      })
    }
    if (!isAbsolute(directory)) {
      // evidence must not depend on where the program was started
      throw new PipelockError('usage', `the capture directory ${directory} is not an absolute path`)
    }
    const escrow = flags['capture-escrow-public-key']
    if (escrow !== undefined) {
      const {escrowPublicKey} = await import('../../core/escrow-key.js')
      escrowPublicKey('--capture-escrow-public-key', escrow)
    }
    const startedMs = this.ports.clock.now()
    const session = uuidv7(startedMs, this.ports.random(10))
    await serve({
      source,
      origin,
      overrides: {captureDir: directory, ...(escrow === undefined ? {} : {captureEscrowPublicKey: escrow})},
      jsonLog: this.jsonEnabled(),
      ports: this.ports,
      stopAfterMs: 0,
      captureDir: directory,
      say: (line) => this.progress(line),
      ready: () => this.write(`observation session started: session_id=${session} capture_dir=${directory}`),
      exitNow: (code) => this.exitNow(code),
    })
    const record = {event: 'learn_observe', capture_dir: directory, session_id: session, noop: false}
    if (!this.readByPerson) {
      this.audit(record)
      return
    }
    try {
      const {lines, next} = await this.#summary(directory, startedMs, flags)
      this.audit(record, lines)
      this.next(next)
    } catch (error) {
      // the captures are written: that they cannot be summed up is no failure of the observation
      if (!(error instanceof PipelockError)) throw error
      this.warn(`no summary of the captures: ${error.message}`)
    }
  }

  /** What this run left, how far the agent is from the floors, and what to type now. */
  async #summary(directory: string, startedMs: number, flags: Readonly<Record<string, unknown>>) {
    const learn = await this.tools('learn')
    const config = carried(flags, 'config')
    const again = commandLine('learn observe', ...config, ...carried(flags, 'capture-dir'))
    const observed = await learn.observedSince(directory, startedMs)
    if (observed === undefined) return {lines: [`observed: more than fits a summary, in ${directory}`], next: again}
    const {requests, blocked, hosts, sessions, agents} = observed
    const lines = [
      `observed: ${counted(requests, 'request')} (${blocked} blocked) to ${counted(hosts, 'host')} in ${counted(sessions, 'session')}, captured in ${directory}`,
    ]
    const [agent] = agents
    if (agent === undefined) return {lines, next: again}
    const {captureDir, privacy, inference} = await this.#settings(
      await this.loadConfig(flags['config'] as string | undefined),
    )
    const {status} = await learn.capturesStatus({agent, since: '336h', captureDir: directory, privacy, inference})
    lines.push(
      `${agent}: ${status.usable_sessions} of the ${counted(status.sessions_needed, 'session')} that a rule needs, begun in different hours; ${status.confirmed} of ${counted(status.patterns.length, 'request pattern')} confirmed`,
    )
    // compile reads learn.capture_dir unless it is told otherwise
    const input = directory === captureDir ? undefined : `${directory}/*/*.jsonl`
    const compile = commandLine('learn compile', ['--agent', agent], ...config, ['--input', input])
    return {lines, next: status.confirmed > 0 ? compile : again}
  }

  async #settings(loaded: LoadedConfig) {
    const [learn, redaction] = await Promise.all([this.tools('learn'), this.published('redaction', loaded)])
    return learn.settingsOf(loaded.config, redaction)
  }
}
