// pipelock doctor: proves that a running firewall refuses forbidden requests, and lists ways to bypass it.
import {Resolver} from 'node:dns/promises'
import {userInfo} from 'node:os'
import {Flags, PipelockCommand} from '../cli/base.js'
import type {Listeners} from '../cli/doctor/paths.js'
import {carried} from '../cli/next-step.js'
import {PipelockError} from '../core/errors.js'
import {showListen, splitListen, type ListenAddress} from '../core/listen.js'
import type {LoadedConfig} from '../host/config/load.js'
import {commandLine} from '../lib/shell-words.js'

const LOOK_UP_MS = 3_000

export default class Doctor extends PipelockCommand {
  static override summary = 'Try forbidden requests on every path of a running firewall, and look for ways around it'
  static override description =
    'The requests lead to a service on loopback that only this command knows, and carry a made-up credential. Run it as the ' +
    'user of the agent: which files, processes and routes are open depends on the user. The exit status is 1 where a ' +
    'forbidden request was not refused; with --strict also where a way around is open or unknown.'
  static override examples = [
    '<%= config.bin %> doctor -c pipelock.yaml',
    'sudo -u agent <%= config.bin %> doctor --addr 127.0.0.1:8888 --direct 1.1.1.1:443 --strict',
    '<%= config.bin %> doctor --json',
  ]
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration of the firewall; default: the one that run would use',
    }),
    addr: Flags.string({
      helpValue: 'ADDR',
      exclusive: ['config'],
      description: 'host:port of its main listener, for a user who cannot read the configuration',
    }),
    direct: Flags.string({
      helpValue: 'HOST:PORT',
      multiple: true,
      description: 'also try to connect there, and to look a name up, without the firewall',
    }),
    strict: Flags.boolean({description: 'exit status 1 also for ways around it that are open or unknown'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Doctor)
    const direct = (flags.direct ?? []).map((text) => parsed('--direct', text))
    const [{openDecoy}, {tryPaths}, {waysAround}, {examinationText}] = await Promise.all([
      import('../cli/doctor/decoy.js'),
      import('../cli/doctor/paths.js'),
      import('../cli/doctor/around.js'),
      import('../cli/doctor/report.js'),
    ])
    const loaded = flags.addr === undefined ? await this.loadConfig(flags.config) : undefined
    const listeners = loaded ? await this.#configured(loaded) : unconfigured(parsed('--addr', flags.addr ?? ''))
    const decoy = await openDecoy()
    const paths = await tryPaths(listeners, decoy).finally(() => decoy.close())
    const around = await waysAround({
      main: listeners.main,
      env: this.ports.env,
      uid: process.getuid?.(),
      direct,
      resolver: new Resolver({timeout: LOOK_UP_MS, tries: 1}),
      ...(await this.#places(loaded)),
    })
    const enforced = paths.every(({state}) => state === 'refused' || state === 'untried')
    const isOpen = around.some(({state}) => state !== 'closed')
    const examination = {address: showListen(listeners.main), enforced, paths, around}
    this.finish(
      examination,
      () => examinationText(examination, `user ${userInfo().username}`),
      enforced && !(flags.strict && isOpen) ? 0 : 1,
    )
    const decided = paths.find((path) => path.request_id !== undefined)?.request_id
    if (decided !== undefined) this.next(commandLine(`explain ${decided}`, ...carried(flags, 'config')))
  }

  async #configured(loaded: LoadedConfig): Promise<Listeners> {
    const [proxy, websocket, reverse, scanApi] = await Promise.all([
      this.published('proxy', loaded),
      this.published('websocket', loaded),
      this.published('reverse-proxy', loaded),
      this.published('scan-api', loaded),
    ])
    const {listen, tokens} = scanApi
    const [token] = tokens
    return {
      main: parsed('fetch_proxy.listen', proxy.listen),
      isConfigured: true,
      forward: proxy.forwardEnabled,
      websocket: websocket.enabled,
      reverse: reverse.listen === undefined ? undefined : parsed('reverse_proxy.listen', reverse.listen),
      scanApi:
        listen === undefined || token === undefined ? undefined : {listener: parsed('scan_api.listen', listen), token},
    }
  }

  /** Without a configuration, what the key store of this user would hold is not the firewall's. */
  async #places(loaded: LoadedConfig | undefined) {
    if (!loaded) return {files: {}, evidence: undefined, config: undefined, opensTunnels: undefined}
    const [recorder, interception, {adminFileOf}] = await Promise.all([
      this.published('recorder', loaded),
      this.published('interception', loaded),
      import('../host/kill-switch-control.js'),
    ])
    return {
      config: loaded.path,
      evidence: recorder.enabled ? recorder.directory : undefined,
      opensTunnels: interception.enabled,
      files: {
        'signing keys': [recorder.signingKeyPath, ...(interception.enabled ? [interception.key] : [])].filter(Boolean),
        'kill switch token': [adminFileOf(this.ports.home)],
      },
    }
  }
}

function unconfigured(main: ListenAddress): Listeners {
  return {main, isConfigured: false, forward: true, websocket: false, reverse: undefined, scanApi: undefined}
}

function parsed(what: string, text: string): ListenAddress {
  const address = splitListen(text)
  if (!address || address.port === 0) {
    throw new PipelockError('usage', `${what}: ${text} is not host:port`, {hint: 'name the main listener with --addr'})
  }
  return address
}
