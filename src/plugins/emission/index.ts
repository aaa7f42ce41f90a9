// Emission: sends the events of the audit log to a webhook, to syslog and to an OpenTelemetry receiver, without delaying
// any request.
import {isLoopback, splitListen, urlHost} from '../../core/listen.js'
import type {Context, Plugin, SettingWarning} from '../../core/plugin.js'
import type {Sample} from '../../core/sample.js'
import type {Services} from '../../core/services/index.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {EmissionConfig} from './config.js'
import type {EmissionState} from './state.js'

const emission = {
  name: 'emission',
  sections: ['emit'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  check({emit}: EmissionConfig, settings: ReadSettings) {
    const own = splitListen(settings('proxy').listen)
    return httpSinks(emit).flatMap(({field, url}) =>
      isLoopback(urlHost(url)) && portOf(url) === own?.port
        ? [{field, message: 'is the listener of this firewall: each event would cause another'}]
        : [],
    )
  },

  settings: ({emit: {webhook, otlp}}: EmissionConfig) => ({
    // the scheme before a credential is no secret
    tokens: [webhook.auth_token, ...Object.values(otlp.headers).map((value) => value.split(' ').at(-1) ?? '')],
  }),

  warnings: ({emit}: EmissionConfig): readonly SettingWarning[] =>
    httpSinks(emit).flatMap(({field, url, hasSecret}) =>
      hasSecret && url.protocol === 'http:' && !isLoopback(urlHost(url))
        ? [{field, message: 'is http: the token is sent in clear'}]
        : [],
    ),

  state: (): EmissionState => ({sinks: new Map(), counts: new Map()}),

  async create({emit}: EmissionConfig, state: EmissionState, context: Context<Services>) {
    const {openEmission, onSinks} = await import('./create.js')
    const isOn = onSinks(emit).length > 0
    const open = isOn ? await openEmission(emit, state, context.ports) : undefined
    if (open) context.service('logging').attach(open.tap)
    return {
      service: {},
      samples: () => samplesOf(state),
      close: async () => open?.close(),
    }
  },
} satisfies Plugin<EmissionConfig, EmissionState, object, Services, unknown>

export default emission

interface HttpSink {
  readonly field: string
  readonly url: URL
  readonly hasSecret: boolean
}

function httpSinks({webhook, otlp}: EmissionConfig['emit']): readonly HttpSink[] {
  const all = [
    {field: 'emit.webhook.url', to: webhook.url, hasSecret: webhook.auth_token !== ''},
    {field: 'emit.otlp.endpoint', to: otlp.endpoint, hasSecret: Object.keys(otlp.headers).length > 0},
  ]
  return all.flatMap(({to, ...sink}) => (to === '' ? [] : [{...sink, url: new URL(to)}]))
}

const portOf = ({port, protocol}: URL): number => (port !== '' ? Number(port) : protocol === 'https:' ? 443 : 80)

function samplesOf({sinks, counts}: EmissionState): readonly Sample[] {
  const counted = [...counts].flatMap(([sink, {sent, errors, dropped}]): readonly Sample[] => [
    {name: 'emit_sent_total', help: 'Events that a sink took', labels: {sink}, value: sent},
    {name: 'emit_errors_total', help: 'Deliveries of events that failed', labels: {sink}, value: errors},
    ...Object.entries(dropped).map(([reason, value]) => ({
      name: 'emit_dropped_total',
      help: 'Events that no sink received',
      labels: {sink, reason},
      value,
    })),
  ])
  const waiting = new Map<string, number>()
  for (const {name, sink} of sinks.values()) waiting.set(name, (waiting.get(name) ?? 0) + sink.waiting)
  return [
    ...counted,
    ...[...waiting].map(([sink, value]) => ({
      gauge: true as const,
      name: 'emit_waiting',
      help: 'Events that wait for a sink',
      labels: {sink},
      value,
    })),
  ]
}
