// The kill switch: an operator denies all traffic at once, by configuration, API, signal or file. It decides before every
// other check, in every mode.
import {isLoopback, splitListen} from '../../core/listen.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {KillSwitchService} from '../../core/services/kill-switch.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {KillSwitchConfig} from './config.js'
import type {Lasting} from './create.js'
import {sentinelRisk} from './sentinel.js'
import type {KillSwitchTools} from './tools.js'

interface KillSwitchState {
  lasting: Lasting | undefined
}

const killSwitch = {
  name: 'kill-switch',
  sections: ['kill_switch'],
  reasons: ['kill_switch_active'],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  async check({kill_switch: section}: KillSwitchConfig, settings: ReadSettings) {
    const problems: {readonly field: string; readonly message: string}[] = []
    const main = splitListen(settings('proxy').listen)
    const own = splitListen(section.api_listen)
    if (own && main && own.port !== 0 && own.port === main.port) {
      problems.push({field: 'kill_switch.api_listen', message: 'must use another port than fetch_proxy.listen'})
    }
    if (section.allowlist_ips.length === 0 || !main || !isLoopback(main.host)) return problems
    const {includesRange} = await import('../../lib/ip.js')
    const overlaps = (entry: string, range: string): boolean =>
      includesRange(entry, range) || includesRange(range, entry)
    for (const [i, entry] of section.allowlist_ips.entries()) {
      if (!['127.0.0.0/8', '::1'].some((loopback) => overlaps(entry, loopback))) continue
      const message = 'would exempt every agent of this host, since the main listener is on loopback'
      problems.push({field: `kill_switch.allowlist_ips[${i}]`, message})
    }
    return problems
  },

  settings: ({kill_switch: {api_token, read_token}}: KillSwitchConfig) => ({tokens: [api_token, read_token]}),

  warnings({kill_switch: section}: KillSwitchConfig) {
    const warnings: {readonly field: string; readonly message: string}[] = []
    if (section.api_token !== '' && section.api_listen === '') {
      const message =
        'the API is on the main listener, which agents reach: set api_listen to an address that they do not'
      warnings.push({field: 'kill_switch.api_token', message})
    }
    const risk = section.sentinel_file === '' ? undefined : sentinelRisk(section.sentinel_file)
    if (risk !== undefined) warnings.push({field: 'kill_switch.sentinel_file', message: risk})
    return warnings
  },

  state: (): KillSwitchState => ({lasting: undefined}),

  tools: async (): Promise<KillSwitchTools> => (await import('./tools.js')).killSwitchTools,

  async create(config: KillSwitchConfig, state: KillSwitchState, {ports}: Context<Services>) {
    const {createInstance, createLasting} = await import('./create.js')
    return createInstance(config, (state.lasting ??= createLasting(ports)), ports)
  },
} satisfies Plugin<KillSwitchConfig, KillSwitchState, KillSwitchService, Services, KillSwitchTools>

export default killSwitch
