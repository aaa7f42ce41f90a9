// The table of contents: every subsystem, in the order in which they are built. A plugin reaches another only through the
// interfaces of core/services.
import type {Awaitable, Instance, Plugin} from '../core/plugin.js'
import type {Services} from '../core/services/index.js'
import type {Settings} from '../core/services/settings.js'
import type {EffectiveConfig} from './effective-config.js'

export const plugins = {
  // decides before every other
  'kill-switch': () => import('./kill-switch/index.js'),
  // before everything that reads what a client sent
  mediation: () => import('./mediation/index.js'),
  proxy: () => import('./proxy/index.js'),
  // before everything that asks which route an exchange takes
  routes: () => import('./routes/index.js'),
  interception: () => import('./interception/index.js'),
  // closed after all that may have a last word
  logging: () => import('./logging/index.js'),
  // closed before the log, after everything that logs a last word
  emission: () => import('./emission/index.js'),
  suppress: () => import('./suppress/index.js'),
  dlp: () => import('./dlp/index.js'),
  injection: () => import('./injection/index.js'),
  destination: () => import('./destination/index.js'),
  // before everything that looks at bodies
  redaction: () => import('./redaction/index.js'),
  websocket: () => import('./websocket/index.js'),
  'reverse-proxy': () => import('./reverse-proxy/index.js'),
  'request-scanning': () => import('./request-scanning/index.js'),
  // what changes an answer comes before what judges it: pages, then media
  shield: () => import('./shield/index.js'),
  media: () => import('./media/index.js'),
  // its limits come before those of other answers
  a2a: () => import('./a2a/index.js'),
  'response-scanning': () => import('./response-scanning/index.js'),
  // after all that judge one request by itself
  'cross-request': () => import('./cross-request/index.js'),
  // asks those that judge for verdicts on single texts
  'scan-api': () => import('./scan-api/index.js'),
  signing: () => import('./signing/index.js'),
  workspace: () => import('./workspace/index.js'),
  receipts: () => import('./receipts/index.js'),
  recorder: () => import('./recorder/index.js'),
  learn: () => import('./learn/index.js'),
  contract: () => import('./contract/index.js'),
  watchdog: () => import('./watchdog/index.js'),
  metrics: () => import('./metrics/index.js'),
} as const satisfies {readonly [Name in keyof Services]: () => Promise<{readonly default: Offers<Name>}>}

/**
 * A plugin whose instances have the service, and which publishes the settings, that `core/services` declares under its name.
 * What it reads of the configuration must be there: a part of the file that it shares with another plugin is typed twice.
 */
interface Offers<Name extends keyof Services> {
  create(config: EffectiveConfig, ...args: never[]): Awaitable<Instance<Services[Name]>>
  settings?(config: EffectiveConfig): Name extends keyof Settings ? Settings[Name] : never
}

export type PluginName = keyof Services
type Value<Name extends PluginName> = Awaited<ReturnType<(typeof plugins)[Name]>>['default']

/** What a plugin offers to commands without a running firewall. */
export type Tools = {
  readonly [Name in PluginName]: Value<Name> extends {tools(...args: never[]): infer T} ? Awaited<T> : never
}

export type AnyPlugin = Plugin<never, unknown, unknown, Services, unknown>
