// Responses to an agent: instructions in bodies, heads and event streams. Which texts are inspected and what a match
// does is decided here; what matches, by the scanners.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {Sample} from '../../core/sample.js'
import type {ResponsesConfig} from './config.js'

/** Findings that were let through on purpose. */
export interface Excused {
  readonly reason: 'exempt_domain' | 'suppress'
  readonly transport: string
  count: number
}

interface ResponseScanningState {
  readonly excused: Map<string, Excused>
}

function sampleOf({reason, transport, count}: Excused): Sample {
  const help = 'Findings in responses that were let through on purpose'
  return {name: 'response_scan_exempt_total', help, labels: {reason, transport}, value: count}
}

const responseScanning = {
  name: 'response-scanning',
  sections: ['response_scanning'],
  reasons: ['prompt_injection', 'dlp_match', 'response_size', 'parse_error'],

  protections: [
    {
      name: 'responses',
      by: 'response_scanning.enabled',
      on: ({response_scanning: section}: ResponsesConfig) => section.enabled,
      note: ({response_scanning: section}: ResponsesConfig) => section.action,
    },
    {
      name: 'injection rules',
      by: 'response_scanning.include_defaults',
      on: ({response_scanning: section}: ResponsesConfig) => section.enabled && section.include_defaults,
      note: ({response_scanning: {patterns}}: ResponsesConfig) =>
        `built in${patterns.length > 0 ? ` and ${patterns.length} own` : ''}`,
    },
    {
      name: 'event streams',
      by: 'response_scanning.sse_streaming.enabled',
      on: ({response_scanning: {sse_streaming: section}}: ResponsesConfig) => section.enabled,
      note: ({response_scanning: {sse_streaming: section}}: ResponsesConfig) => section.action,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  settings: ({response_scanning: {enabled, sse_streaming}}: ResponsesConfig) => ({
    enabled,
    maxEventBytes: sse_streaming.max_event_bytes,
  }),

  state: (): ResponseScanningState => ({excused: new Map()}),

  async create(config: ResponsesConfig, {excused}: ResponseScanningState, context: Context<Services>) {
    const {responseHooks} = await import('./create.js')
    const routes = context.service('routes')
    const hooks = responseHooks(config, {
      routeOf: (x) => routes.of(x),
      maxBytes: context.settings('proxy').maxResponseBytes,
      interceptedMaxBytes: context.settings('interception').maxResponseBytes,
      expressions: context.settings('dlp').expressions,
      injection: context.service('injection'),
      dlp: context.service('dlp'),
      suppress: context.service('suppress'),
      log: context.ports.log,
      approver: context.ports.approver,
      clock: context.ports.clock,
      warn: context.warn,
      isOthersStream: context.service('a2a').isStream,
      excuse(reason, transport) {
        const key = `${reason} ${transport}`
        const entry = excused.get(key) ?? {reason, transport, count: 0}
        entry.count++
        excused.set(key, entry)
      },
    })
    return {service: {}, hooks: () => hooks, samples: () => [...excused.values()].map(sampleOf)}
  },
} satisfies Plugin<ResponsesConfig, ResponseScanningState, object, Services, unknown>

export default responseScanning
