// The start-up banner on the terminal: for people only, and never a secret.
import {existsSync, readFileSync} from 'node:fs'
import {showListen} from '../core/listen.js'
import type {Ports} from '../core/ports.js'
import type {Services} from '../core/services/index.js'
import {SCAN_PATH} from '../core/services/scan-api.js'
import type {Firewall} from './firewall.js'

export interface BannerOptions {
  /** Source of the configuration, in words. */
  readonly origin: string
  readonly captureDir?: string | undefined
}

const WRITE_ONE = 'pipelock generate config -o pipelock.yaml writes one to change'

export function bannerLines(firewall: Firewall, ports: Ports, {origin, captureDir}: BannerOptions): readonly string[] {
  const {main, metrics, scan, reverse} = firewall.addresses()
  const config = firewall.config()
  const isFile = firewall.loaded().path !== undefined
  const services = firewall.services()
  const listen = showListen({...main, host: main.host})
  const separate = metrics ? ` (separate port)` : ''
  const pages = metrics ? showListen(metrics) : listen
  const recorder = services.recorder.enabled ? services.recorder.status() : undefined
  const items: (readonly [label: string, text: string])[] = [
    ['Mode:', config.enforce ? config.mode : `${config.mode} (enforce: false, nothing is blocked)`],
    ['Listen:', listen],
    ['Fetch:', `http://${listen}/fetch?url=<url>`],
    ['Health:', `http://${listen}/health`],
    ['Stats:', `http://${pages}/stats${separate}`],
    ['Metrics:', `http://${pages}/metrics${separate}`],
  ]
  if (firewall.settings('proxy').forwardEnabled)
    items.push(['Proxy:', `HTTP_PROXY=http://${listen} HTTPS_PROXY=http://${listen}`])
  if (firewall.settings('websocket').enabled) items.push(['WebSocket:', `ws://${listen}/ws?url=<url>`])
  if (reverse)
    items.push([
      'Reverse:',
      `http://${showListen(reverse)} before ${services['reverse-proxy'].upstream?.target.canonical}`,
    ])
  if (scan) items.push(['Scan API:', `http://${showListen(scan)}${SCAN_PATH}`])
  if (recorder) {
    const made = firewall.receiptKeyMade()
    const receipts = recorder.publicKeyHex === '' ? 'off: no signing key' : `signed by ${recorder.publicKeyHex}`
    const word = made === undefined ? '' : `; made the key ${made}`
    items.push(
      ['Receipts:', `${receipts}${recorder.requireReceipts ? ', required' : ''}${word}`],
      ['Recorder:', recorder.directory],
    )
  } else items.push(['Recorder:', 'off'])
  const {plugins} = firewall.loaded()
  if (plugins.length > 0) {
    const named = plugins.map(({name, digest}) => `${name} (sha256 ${digest.slice(0, 16)})`)
    items.push(['Plugins:', named.join(', ')])
  }
  items.push([
    'Engine:',
    services.dlp.engine === 're2' ? 're2' : `${services.dlp.engine} (no native re2 here: slower, same results)`,
  ])
  if (captureDir !== undefined) items.push(['Capture:', captureDir])
  if (ports.logFile !== undefined) items.push(['Log:', ports.logFile])
  items.push(
    ...killSwitchLine(services['kill-switch']),
    ['Contract:', contractState(services.contract)],
    ['Config:', isFile ? `${origin} (reloads on change and on SIGHUP)` : `${origin} (${WRITE_ONE})`],
    ['Not seen:', notInspected(firewall)],
  )
  const width = Math.max(...items.map(([label]) => label.length)) + 1
  const lines = [
    `Pipelock v${ports.build.version} starting`,
    ...items.map(([label, text]) => `  ${label.padEnd(width)}${text}`),
  ]
  for (const {field, message} of firewall.warnings()) lines.push(`WARNING: ${field}: ${message}`)
  if (!isContained(ports))
    lines.push('WARNING: no container detected: make sure that the agent cannot bypass this proxy')
  return lines
}

/** Surfaces that an operator may believe to be covered and that this build does not inspect. */
function notInspected({settings}: Pick<Firewall, 'settings'>): string {
  const {enabled, scansHeaders} = settings('request-scanning')
  const {enabled: opensTunnels, passthrough} = settings('interception')
  const websocket = settings('websocket')
  const requests = !enabled ? ['request bodies and headers'] : scansHeaders ? [] : ['request headers']
  const hosts = passthrough.length > 3 ? `${passthrough.length} hosts` : passthrough.join(' and ')
  const tunnels = !opensTunnels
    ? ['content of TLS tunnels']
    : hosts === ''
      ? []
      : [`content of TLS tunnels to ${hosts}`]
  const {unread} = settings('routes')
  const routes =
    unread.length === 0 ? [] : [`bodies on the ${unread.length === 1 ? 'route' : 'routes'} ${unread.join(', ')}`]
  const messages = websocket.enabled && websocket.scansText ? 'MCP messages' : 'WebSocket and MCP messages'
  return [...requests, messages, ...tunnels, ...routes].join(', ')
}

function killSwitchLine(killSwitch: Services['kill-switch']): readonly (readonly [string, string])[] {
  const source = killSwitch.active()
  return source === undefined ? [] : [['Kill switch:', `ACTIVE by ${source}: all traffic is denied`]]
}

function contractState({mode, status}: Services['contract']): string {
  const loaded = status()
  if (!loaded) return mode
  if (loaded.active.length === 0) return `${mode}, no contract in force: none has been promoted`
  return `${mode}, generation ${loaded.generation}`
}

/** Detects the marker files of container runtimes. */
function isContained(ports: Ports): boolean {
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv') || ports.env['KUBERNETES_SERVICE_HOST']) return true
  try {
    return /docker|containerd|podman|cri-o/.test(readFileSync('/proc/1/cgroup', 'utf8'))
  } catch {
    return false
  }
}
