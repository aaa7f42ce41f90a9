// pipelock run: the firewall in the foreground. Its result is evidence, not output: the terminal gets a banner and
// warnings, standard output the audit log.
import {splitListen} from '../core/listen.js'
import {PipelockError} from '../core/errors.js'
import type {Overrides} from '../host/config/load.js'
import type {AgentCommand} from '../host/serve.js'
import {Flags, PipelockCommand} from '../cli/base.js'

export default class Run extends PipelockCommand {
  static override summary = 'Start the firewall'
  static override description =
    'Serves /fetch, the forward proxy and CONNECT. Without -c it uses PIPELOCK_CONFIG, then ./pipelock.yaml, then the embedded balanced preset with receipts under the home directory. SIGHUP and changes of the file reload it. On a terminal the log has one short line a request; --json and pipes get the configured format. A command behind -- is started with the variables of proxy and certificates set, gets the terminal and the signals, and its exit status is the one of pipelock; log lines for standard output go to audit.log in the home directory.'
  static override usage = 'run [FLAGS] [-- COMMAND...]'
  static override examples = [
    '<%= config.bin %> run',
    '<%= config.bin %> run -c pipelock.yaml -m strict',
    '<%= config.bin %> run -- python3 agent.py',
    '<%= config.bin %> run --reverse-proxy --reverse-upstream http://127.0.0.1:3000',
  ]
  static override flags = {
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
    mode: Flags.string({char: 'm', options: ['strict', 'balanced', 'audit'], description: 'mode; overrides the file'}),
    listen: Flags.string({
      char: 'l',
      helpValue: 'ADDR',
      description: 'host:port of the main listener; overrides the file',
    }),
    'reverse-proxy': Flags.boolean({
      dependsOn: ['reverse-upstream'],
      description: 'also inspect everything that reaches one service; overrides the file',
    }),
    'reverse-upstream': Flags.string({
      helpValue: 'URL',
      dependsOn: ['reverse-proxy'],
      description: 'the service behind the reverse proxy (example: http://127.0.0.1:3000)',
    }),
    'reverse-listen': Flags.string({
      helpValue: 'ADDR',
      dependsOn: ['reverse-proxy'],
      description: 'host:port of the reverse proxy (default :8890)',
    }),
    'capture-dir': Flags.string({
      aliases: ['capture-output'],
      helpValue: 'DIR',
      description: 'record decisions for learn compile',
    }),
    'capture-duration': Flags.string({helpValue: 'D', description: 'stop after DURATION (example: 90s, 10m, 2h)'}),
    'capture-escrow-public-key': Flags.string({
      helpValue: 'HEX',
      dependsOn: ['capture-dir'],
      description: 'X25519 key to which complete inputs are sealed, in files beside the captures',
    }),
  }

  async run(): Promise<void> {
    // words behind -- belong to an agent that the operator starts; oclif would reorder them
    const {argv} = this
    const end = argv.includes('--') ? argv.indexOf('--') : argv.length
    const {flags} = await this.parse(Run, argv.slice(0, end))
    const stopAfterMs = await captureTime(flags['capture-duration'], flags['capture-dir'])
    checkAddress('--listen', flags.listen)
    checkAddress('--reverse-listen', flags['reverse-listen'])
    const upstream = flags['reverse-upstream']
    const reverseListen = flags['reverse-listen']
    const escrow = flags['capture-escrow-public-key']
    if (escrow !== undefined) {
      const {escrowPublicKey} = await import('../core/escrow-key.js')
      escrowPublicKey('--capture-escrow-public-key', escrow)
    }
    const overrides: Overrides = {
      ...(flags.mode === undefined ? {} : {mode: flags.mode}),
      ...(flags.listen === undefined ? {} : {listen: flags.listen}),
      ...(upstream !== undefined && {reverse: {upstream, ...(reverseListen !== undefined && {listen: reverseListen})}}),
      ...(flags['capture-dir'] === undefined ? {} : {captureDir: flags['capture-dir']}),
      ...(escrow === undefined ? {} : {captureEscrowPublicKey: escrow}),
    }
    const {chooseSource} = await import('../host/choose-source.js')
    const {source, origin} = chooseSource(flags.config, this.ports)
    const {serve} = await import('../host/serve.js')
    const status = await serve({
      source,
      origin,
      overrides,
      jsonLog: this.jsonEnabled(),
      ports: this.ports,
      stopAfterMs,
      captureDir: flags['capture-dir'],
      say: (line) => this.progress(line),
      agent: this.#agent(argv.slice(end + 1)),
      exitNow: (code) => this.exitNow(code),
    })
    if (status !== 0) process.exitCode = status
  }

  #agent(words: readonly string[]): AgentCommand | undefined {
    if (words.length === 0) return undefined
    return {
      words,
      trust: async (certificate, bundle) => {
        const interception = await this.tools('interception')
        return interception.agentTrust({certificate, bundle, env: this.ports.env})
      },
    }
  }
}

function checkAddress(flag: string, address: string | undefined): void {
  if (address === undefined || splitListen(address) !== undefined) return
  throw new PipelockError('usage', `${flag}: ${address} is not host:port`)
}

const MAX_TIMER_MS = 2 ** 31 - 1

/** Milliseconds; 0 means until interrupted. */
async function captureTime(text: string | undefined, directory: string | undefined): Promise<number> {
  if (text === undefined || text === '0') return 0
  const {parseDuration} = await import('../lib/duration.js')
  const ms = parseDuration(text)
  if (ms === undefined || ms > MAX_TIMER_MS) {
    throw new PipelockError(
      'usage',
      `--capture-duration: invalid duration ${JSON.stringify(text)} (example: 90s, 10m or 2h; at most 24d)`,
    )
  }
  if (directory === undefined) throw new PipelockError('usage', '--capture-duration needs --capture-dir')
  return ms
}
