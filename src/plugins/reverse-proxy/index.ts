// The reverse proxy as configured: a listener before one service of the operator. What it passes is judged by the plugins
// that judge everything else.
import {splitListen} from '../../core/listen.js'
import type {CommandLineValues, Context, Plugin} from '../../core/plugin.js'
import type {ReverseProxyService} from '../../core/services/reverse-proxy.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {Services} from '../../core/services/index.js'
import type {ReverseProxyConfig} from './config.js'
import {parseUpstream} from './upstream.js'

const reverseProxy = {
  name: 'reverse-proxy',
  sections: ['reverse_proxy'],
  reasons: [],

  protections: [
    {
      name: 'reverse proxy',
      by: 'reverse_proxy.enabled',
      on: ({reverse_proxy: section}: ReverseProxyConfig) => section.enabled,
      note: ({reverse_proxy: section}: ReverseProxyConfig) => `before ${section.upstream}`,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  check({reverse_proxy: {enabled, listen}}: ReverseProxyConfig, settings: ReadSettings) {
    const own = splitListen(listen)
    const main = splitListen(settings('proxy').listen)
    if (!enabled || !own || !main || own.port === 0 || own.port !== main.port) return []
    return [{field: 'reverse_proxy.listen', message: 'must use another port than fetch_proxy.listen'}]
  },

  overrides: ({reverse}: CommandLineValues) =>
    reverse === undefined ? {} : {reverse_proxy: {enabled: true, ...reverse}},

  settings: ({reverse_proxy: {enabled, listen}}: ReverseProxyConfig) => ({listen: enabled ? listen : undefined}),

  state: () => undefined,

  create({reverse_proxy: section}: ReverseProxyConfig, _state: undefined, _context: Context<Services>) {
    if (!section.enabled) return {service: {listen: undefined, upstream: undefined}}
    return {service: {listen: splitListen(section.listen), upstream: parseUpstream(section.upstream)}}
  },
} satisfies Plugin<ReverseProxyConfig, undefined, ReverseProxyService, Services, unknown>

export default reverseProxy
