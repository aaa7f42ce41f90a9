// What is in force for each agent, and how far learning has come.
import {PipelockError} from '../../core/errors.js'
import {counted} from '../../lib/page/numbers.js'
import {commandLine} from '../../lib/shell-words.js'
import {plainText, printable} from '../../lib/terminal.js'
import type {LoadedConfig} from '../../host/config/load.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {manifestLines, storeFlags} from '../../cli/lifecycle.js'
import {carried} from '../../cli/next-step.js'

export default class LearnStatus extends PipelockCommand {
  static override summary = 'Show what is in force, and how far each request pattern is from being confirmed'
  static override description =
    'Nothing is changed: the store may be that of a running firewall. A store that a firewall would not start with ends the command with status 1.'
  static override examples = [
    'pipelock learn status --config pipelock.yaml',
    'pipelock learn status --config pipelock.yaml --agent coder',
    'pipelock learn status --candidate coder.candidate.yaml --json',
  ]
  static override flags = {
    ...storeFlags,
    candidate: Flags.string({
      helpValue: 'FILE',
      exclusive: ['agent'],
      description: 'show how far the request patterns of this candidate are',
    }),
    agent: Flags.string({
      helpValue: 'NAME',
      description: 'show how far those in the captures of this agent are, in learn.capture_dir',
    }),
    since: Flags.string({
      default: '336h',
      helpValue: 'DURATION',
      description: 'ignore sessions with no activity in the last DURATION; with --agent',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnStatus)
    const isConfigured = flags.config !== undefined || Boolean(this.ports.env['PIPELOCK_CONFIG'])
    const loaded = isConfigured ? await this.loadConfig(flags.config) : undefined
    const lock = await this.lockOf(loaded)
    const hasStore = flags['contract-store'] !== undefined || Boolean(lock?.store_dir)
    const {candidate, agent, since} = flags
    if (!hasStore && candidate === undefined && agent === undefined) {
      throw new PipelockError('usage', 'nothing says what to show: no contract store, candidate or agent', {
        hint: 'give --config with learn_lock, --contract-store, --candidate or --agent',
      })
    }
    const keys = await this.tools('signing')
    const contract = await this.tools('contract')
    const inventory = hasStore ? contract.inventory(flags, {lock, keys}) : undefined
    const learning =
      candidate !== undefined
        ? await (await this.tools('learn')).candidateStatus(candidate)
        : agent === undefined
          ? undefined
          : await this.#observed(agent, since, loaded ?? (await this.loadConfig()))
    const inForce = inventory?.manifests.find((entry) => entry.in_force)
    const reach = inventory?.manifests.filter((entry) => !entry.in_force && entry.out_of_reach === undefined) ?? []
    const rollback = reach.map(({generation, manifest_hash, signed_at}) => ({generation, manifest_hash, signed_at}))
    const lines = [
      ...(inventory === undefined
        ? []
        : inForce
          ? manifestLines(inForce)
          : [`nothing is in force: no promote in ${inventory.store}`]),
      ...rollback.map((entry) => `rollback reaches generation ${entry.generation}, ${entry.manifest_hash}`),
      ...(learning === undefined ? [] : learningLines(learning)),
    ]
    this.finish(
      {
        ...(inventory && {store: inventory.store, in_force: inForce ?? null, rollback}),
        ...(learning && {learning}),
      },
      () => lines.map(printable).join('\n'),
    )
    if (candidate !== undefined) {
      this.next(commandLine('learn shadow', ['--candidate', candidate], ...carried(flags, 'config')))
    } else if (learning) {
      const isReady = learning.confirmed > 0
      const compile = commandLine('learn compile', ['--agent', learning.agent], ...carried(flags, 'config'))
      this.next(isReady ? compile : commandLine('learn observe', ...carried(flags, 'config')))
    } else {
      const place = carried(flags, 'config', 'contract-store', 'roster', 'roster-root-fingerprint')
      this.next(
        inForce ? commandLine('learn history', ...place) : commandLine('learn observe', ...carried(flags, 'config')),
      )
    }
  }

  async #observed(agent: string, since: string, loaded: LoadedConfig) {
    const learn = await this.tools('learn')
    const {captureDir, privacy, inference} = learn.settingsOf(loaded.config, await this.published('redaction', loaded))
    const meter = this.progressMeter('reading captures')
    const {status, warnings} = await learn
      .capturesStatus({
        agent,
        since,
        captureDir,
        privacy,
        inference,
        progress: meter.update,
      })
      .finally(meter.end)
    for (const warning of warnings) this.warn(warning)
    return status
  }
}

interface Learning {
  readonly agent: string
  readonly usable_sessions: number
  readonly sessions_needed: number
  readonly confirmed: number
  readonly patterns: readonly {
    readonly pattern: string
    readonly confirmed: boolean
    readonly admits?: string
    readonly distance: string
  }[]
}

function learningLines({agent, usable_sessions: usable, sessions_needed: needed, confirmed, patterns}: Learning) {
  return [
    `${agent}: ${confirmed} of ${counted(patterns.length, 'request pattern')} confirmed, from ${counted(usable, 'usable session')} (${needed} at least)`,
    ...patterns.map(
      ({pattern, admits, distance}) =>
        `  ${plainText(pattern)}${admits === undefined ? '' : ` (${plainText(admits)})`}: ${plainText(distance)}`,
    ),
  ]
}
