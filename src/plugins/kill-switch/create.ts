// The kill switch of one configuration: its verdict on every exchange, and its service.
import {join} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import {splitListen} from '../../core/listen.js'
import type {Instance} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {Ports} from '../../core/ports.js'
import {REASONS} from '../../core/reasons.js'
import type {Sample} from '../../core/sample.js'
import {
  KILL_SWITCH_PATH,
  KILL_SWITCH_SOURCES,
  KILL_SWITCH_STATUS_PATH,
  type KillSwitchLever,
  type KillSwitchService,
  type KillSwitchSource,
} from '../../core/services/kill-switch.js'
import {createTokens} from '../../lib/bearer-token.js'
import {errorText} from '../../lib/error-text.js'
import {findRange, parseAddress, parseRange, type Range} from '../../lib/ip.js'
import type {KillSwitchConfig} from './config.js'
import {createDenials, type Denials} from './denials.js'
import {KillSwitch} from './switch.js'

/** What outlives a reload. */
export interface Lasting {
  readonly own: KillSwitch
  readonly denials: Denials
}

export function createLasting({clock, log}: Ports): Lasting {
  return {own: new KillSwitch(clock), denials: createDenials(clock, log)}
}

const LAYER = 'kill_switch'
/** By the number of the token. */
const PERMITS = ['all', 'reading'] as const
const TOKEN = 'PIPELOCK_KILLSWITCH_API_TOKEN'
const READ_TOKEN = 'PIPELOCK_KILLSWITCH_READ_TOKEN'
const API_PATHS: ReadonlySet<string> = new Set([KILL_SWITCH_PATH, KILL_SWITCH_STATUS_PATH])

function tokensOf(
  {kill_switch: {api_token, read_token}}: KillSwitchConfig,
  env: Ports['env'],
): readonly [string, string] {
  return [env[TOKEN] || api_token, env[READ_TOKEN] || read_token]
}

/** Throws config_invalid for an API without a token. */
export function createInstance(
  config: KillSwitchConfig,
  {own, denials}: Lasting,
  ports: Ports,
): Instance<KillSwitchService> {
  const {kill_switch: section} = config
  const [full, reading] = tokensOf(config, ports.env)
  const token = createTokens([full, reading])
  const listen = splitListen(section.api_listen)
  if (listen && full === '') {
    throw new PipelockError('config_invalid', `kill_switch.api_listen: needs kill_switch.api_token or ${TOKEN}`, {
      hint: 'openssl rand -hex 32 makes a token',
    })
  }
  const settings = {
    enabled: section.enabled,
    sentinelFile: section.sentinel_file,
    stateFile:
      section.state_file === 'off' ? undefined : section.state_file || join(ports.home, 'shared', 'kill_switch.json'),
  }
  const exempt = section.allowlist_ips.map(parseRange).filter((range): range is Range => typeof range !== 'string')
  const active = (): KillSwitchSource | undefined => {
    if (!own.isActive()) return undefined
    const states = own.states()
    return KILL_SWITCH_SOURCES.find((source) => states[source])
  }
  const isExempt = (clientIp: string, path: string | undefined): boolean => {
    if (path === '/health') return section.health_exempt
    if (path === '/metrics') return section.metrics_exempt
    if (path !== undefined && API_PATHS.has(path)) return section.api_exempt
    if (exempt.length === 0) return false
    const address = parseAddress(clientIp)
    return address !== undefined && findRange(exempt, address) !== undefined
  }
  const denial: KillSwitchService['denial'] = (clientIp, path) => {
    const source = active()
    return source === undefined || isExempt(clientIp, path) ? undefined : finding(source, section.message)
  }
  const service: KillSwitchService = {
    active,
    states: () => own.states(),
    message: section.message,
    denial,
    turn(lever: KillSwitchLever, on: boolean) {
      try {
        own.turn(lever, on)
      } catch (error) {
        throw new PipelockError(
          'home_unwritable',
          `the state of the kill switch cannot be written: ${errorText(error)}`,
          {
            hint: on ? 'it is active, but only until this process ends' : 'it stays active',
          },
        )
      }
    },
    signalMode: section.signal_mode,
    watch: (changed) => own.watch(changed),
    api: {
      listen,
      isConfigured: full !== '',
      hasLocalAdmin: section.local_admin,
      allowedOrigins: section.api_allowed_origins,
      permits: (authorization) => PERMITS[token(authorization) ?? PERMITS.length],
    },
  }
  return {
    service,
    // not before the whole configuration is accepted: a rejected one must not lift the source config
    hooks: () => {
      own.apply(settings)
      return {
        admit: (x: Exchange) => {
          const denied = denial(x.clientIp)
          return denied ? [denied] : NONE
        },
        observe: (x: Exchange, {decision: {cause}}: Ruling) => {
          if (cause?.reason === 'kill_switch_active') denials.count(x, cause.rule ?? '', section.message)
        },
      }
    },
    samples: (): readonly Sample[] => {
      const states = own.states()
      const sources = KILL_SWITCH_SOURCES.map((source) => ({
        gauge: true as const,
        name: 'kill_switch_active',
        help: 'Sources of the kill switch: 1 denies all traffic',
        labels: {source},
        value: Number(states[source]),
      }))
      return [...sources, ...denials.samples()]
    },
    health: () => own.problem() ?? 'ok',
    reason: () => (own.problem() === undefined ? undefined : 'kill_switch_state_unreadable'),
  }
}

const NONE: readonly Finding[] = []

function finding(source: KillSwitchSource, message: string): Finding {
  return {
    plugin: 'kill-switch',
    authority: 'kill_switch',
    layer: LAYER,
    reason: 'kill_switch_active',
    action: 'block',
    severity: REASONS.kill_switch_active.severity,
    hard: true,
    order: 0,
    detail: `kill switch active by ${source}: ${message}`,
    clientDetail: message,
    rule: source,
  }
}
