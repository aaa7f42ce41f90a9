// The kill switch as the running firewall turns it: its API on the main listener, on one of its own, or on a loopback port for
// the commands of this user; and what follows when a source changes.
import {mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {showListen, type ListenAddress} from '../core/listen.js'
import type {Ports} from '../core/ports.js'
import type {KillSwitchService} from '../core/services/kill-switch.js'
import type {RecorderService} from '../core/services/recorder.js'
import {writeFileAtomic} from '../lib/atomic-file.js'
import {createTokens} from '../lib/bearer-token.js'
import {errorText} from '../lib/error-text.js'
import {formatTimestamp} from '../lib/timestamp.js'
import type {OwnRoute} from '../transports/host.js'
import {bind} from './bind.js'
import {killSwitchRoutes} from './kill-switch-routes.js'
import {openSideListener, type SideListener} from './metrics-routes.js'

export interface KillSwitchParts {
  readonly service: () => KillSwitchService
  readonly recorder: () => RecorderService
  readonly allowedHosts: Parameters<typeof openSideListener>[2]
  readonly ports: Ports
  readonly say: (line: string) => void
  /** Ends what is denied now. */
  readonly deny: () => void
}

export interface KillSwitchControl {
  /** Of the API, where the main listener serves it. */
  readonly mainRoutes: ReadonlyMap<string, OwnRoute>
  /** Addresses of listeners that it opened. */
  readonly addresses: readonly ListenAddress[]
  /** Serves, and follows the sources. */
  open(): void
  /** SIGUSR1 arrived. */
  signal(): void
  close(): Promise<void>
}

const NO_ROUTES: ReadonlyMap<string, OwnRoute> = new Map()
const TOKEN_BYTES = 32

/** Throws address_in_use or address_unavailable. */
export async function openKillSwitch(parts: KillSwitchParts): Promise<KillSwitchControl> {
  const {service, recorder, ports, say} = parts
  const {api} = service()
  const turned = (active: boolean, operator: string, reason: string): void => {
    recorder().authorize({
      verdict: active ? 'block' : 'allow',
      layer: active ? 'kill_switch_on' : 'kill_switch_off',
      target: 'all traffic',
      actor: operator === '' ? 'api' : operator,
      pattern: reason,
    })
  }
  const common = {service, ports, turned}
  const listeners: SideListener[] = []
  let unwatch = (): void => undefined
  let adminFile: string | undefined

  if (api.listen) {
    const at = api.listen
    listeners.push(await bind(at, () => openSideListener(at, killSwitchRoutes(common), parts.allowedHosts)))
  } else if (!api.isConfigured && api.hasLocalAdmin) {
    const token = Buffer.from(ports.random(TOKEN_BYTES)).toString('hex')
    const at = {host: '127.0.0.1', port: 0}
    const find = createTokens([token])
    const permits: KillSwitchService['api']['permits'] = (lines) => (find(lines) === undefined ? undefined : 'all')
    const routes = killSwitchRoutes({...common, permits})
    const listener = await bind(at, () => openSideListener(at, routes, parts.allowedHosts))
    listeners.push(listener)
    adminFile = writeAdminFile(ports, listener.address, token)
  }

  const sourceChanged = (): void => {
    const source = service().active()
    const states = service().states()
    ports.log.warn('kill_switch_change', {
      active: source !== undefined,
      ...(source !== undefined && {source}),
      sources: states,
    })
    say(`pipelock: kill switch ${source === undefined ? 'released' : `ACTIVE by ${source}: all traffic is denied`}`)
    if (source !== undefined) parts.deny()
  }

  return {
    mainRoutes: api.listen ? NO_ROUTES : killSwitchRoutes(common),
    addresses: listeners.map(({address}) => address),
    open() {
      for (const listener of listeners) listener.open()
      unwatch = service().watch(sourceChanged)
    },
    signal() {
      const {signalMode} = service()
      const isActive = service().states().signal
      const next = signalMode === 'activate_only' ? true : !isActive
      if (signalMode === 'off' || next === isActive) return
      try {
        service().turn('signal', next)
      } catch (error) {
        ports.log.error('error', {where: 'kill switch', error: errorText(error)})
        if (!next) return
      }
      turned(next, 'SIGUSR1', '')
      say(`pipelock: kill switch ${next ? 'ACTIVATED' : 'DEACTIVATED'} via SIGUSR1`)
    },
    async close() {
      unwatch()
      if (adminFile !== undefined) rmSync(adminFile, {force: true})
      await Promise.all(listeners.map((listener) => listener.close()))
    },
  }
}

/** Where a command of the same user learns address and token. */
export function adminFileOf(home: string): string {
  return join(home, 'run', 'admin.json')
}

function writeAdminFile({home, clock, log}: Ports, address: ListenAddress, token: string): string | undefined {
  const path = adminFileOf(home)
  const content = {
    url: `http://${showListen(address)}`,
    token,
    pid: process.pid,
    started_at: formatTimestamp(clock.now()),
  }
  try {
    mkdirSync(join(home, 'run'), {recursive: true, mode: 0o700})
    writeFileAtomic(path, `${JSON.stringify(content)}\n`, {mode: 0o600})
    return path
  } catch (error) {
    log.error('error', {where: 'kill switch', error: `${path}: ${errorText(error)}`})
    return undefined
  }
}
