// The settings that plugins publish of a configuration, for everybody who does not own the section.
import type {ReadSettings, Settings} from '../../core/services/settings.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import {plugins} from '../../plugins/registry.js'

type Publishers = {readonly [Name in keyof Settings]: () => Promise<{readonly default: Publisher<Settings[Name]>}>}

interface Publisher<Published> {
  settings(config: EffectiveConfig): Published
}

const PUBLISHERS: Publishers = plugins

const NAMES = {
  proxy: true,
  routes: true,
  interception: true,
  websocket: true,
  'reverse-proxy': true,
  'scan-api': true,
  'kill-switch': true,
  emission: true,
  dlp: true,
  destination: true,
  redaction: true,
  'request-scanning': true,
  'response-scanning': true,
  recorder: true,
  learn: true,
  media: true,
  contract: true,
} as const satisfies Readonly<Record<keyof Settings, true>>

/** The settings of one plugin; loads only its table. */
export async function publishedBy<Name extends keyof Settings>(
  name: Name,
  config: EffectiveConfig,
): Promise<Settings[Name]> {
  const {default: publisher} = await PUBLISHERS[name]()
  return publisher.settings(config)
}

/** The settings of all plugins. */
export async function readSettings(config: EffectiveConfig): Promise<ReadSettings> {
  const names = Object.keys(NAMES) as readonly (keyof Settings)[]
  const published = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await publishedBy(name, config)] as const)),
  ) as unknown as Settings
  return (name) => published[name]
}
