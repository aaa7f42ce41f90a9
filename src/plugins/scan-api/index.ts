// The scan API: programs ask for a verdict on a text that they hold. Nothing is sent for them, and no receipt is written.
import {splitListen} from '../../core/listen.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {ScanApiService} from '../../core/services/scan-api.js'
import type {ReadSettings} from '../../core/services/settings.js'
import {parseDuration} from '../../lib/duration.js'
import {createTokens} from '../../lib/bearer-token.js'
import {sha256Hex} from '../../lib/hash.js'
import type {ScanApiConfig} from './config.js'
import type {TokenRates} from './token-rates.js'

interface ScanApiState {
  /** Of the newest generation, with what they were made from: a reload refills no bucket. */
  rates: {readonly origin: string; readonly rates: TokenRates} | undefined
}

/** Shorter tokens can be guessed. */
const SHORT_TOKEN = 16

const scanApi = {
  name: 'scan-api',
  sections: ['scan_api'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  check({scan_api: {listen}}: ScanApiConfig, settings: ReadSettings) {
    const own = splitListen(listen)
    const main = splitListen(settings('proxy').listen)
    if (!own || !main || own.port === 0 || own.port !== main.port) return []
    return [{field: 'scan_api.listen', message: 'must use another port than fetch_proxy.listen'}]
  },

  warnings({scan_api: {listen, auth}}: ScanApiConfig) {
    if (listen === '' || auth.bearer_tokens.every(({length}) => length >= SHORT_TOKEN)) return []
    const message = `a token of fewer than ${SHORT_TOKEN} characters can be guessed: openssl rand -hex 32 makes one`
    return [{field: 'scan_api.auth.bearer_tokens', message}]
  },

  settings: ({scan_api: {listen, auth}}: ScanApiConfig) => ({
    listen: listen === '' || auth.bearer_tokens.length === 0 ? undefined : listen,
    tokens: auth.bearer_tokens,
  }),

  state: (): ScanApiState => ({rates: undefined}),

  async create({scan_api: section}: ScanApiConfig, state: ScanApiState, context: Context<Services>) {
    const {ports, service} = context
    const outside = {
      listen: splitListen(section.listen),
      readMs: parseDuration(section.timeouts.read) ?? 0,
      writeMs: parseDuration(section.timeouts.write) ?? 0,
      maxConnections: section.connection_limit,
    }
    if (!outside.listen) return {service: {...outside, respond: () => Promise.reject(new Error('the scan API is off'))}}
    const [{createResponder}, {createTokenRates}, {WorkScheduler}] = await Promise.all([
      import('./respond.js'),
      import('./token-rates.js'),
      import('../../core/work.js'),
    ])
    const {workBudgets} = service('proxy').settings
    const {bearer_tokens: tokens} = section.auth
    const {requests_per_minute: requestsPerMinute, burst} = section.rate_limit
    const origin = sha256Hex(JSON.stringify([tokens, requestsPerMinute, burst]))
    if (state.rates?.origin !== origin) state.rates = {origin, rates: createTokenRates({requestsPerMinute, burst})}
    const respond = createResponder({
      settings: {
        maxBodyBytes: section.max_body_bytes,
        fieldLimits: section.field_limits,
        kinds: section.kinds,
        scanMs: parseDuration(section.timeouts.scan) ?? 0,
      },
      token: createTokens(tokens),
      rates: state.rates.rates,
      scheduler: new WorkScheduler(ports.clock, () => workBudgets),
      clock: ports.clock,
      random: (bytes) => ports.random(bytes),
      version: ports.build.version,
      urls: service('destination').urls,
      dlp: service('dlp'),
      injection: service('injection'),
      content: await service('request-scanning').content(),
      isDenied: (clientIp) => service('kill-switch').denial(clientIp) !== undefined,
      onError: (error) => ports.log.error('error', {where: 'scan API', error}),
    })
    return {service: {...outside, respond}}
  },
} satisfies Plugin<ScanApiConfig, ScanApiState, ScanApiService, Services, unknown>

export default scanApi
