// What an agent sends: credentials, injections and opaque values in request bodies and headers. Bodies are read whole, up
// to a limit, before a byte of them moves.
import type {ContentScanner, RequestScanningService} from '../../core/services/scanning.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {BodiesConfig} from './config.js'
import type {ChallengeTable} from './challenges.js'

export interface RequestScanningState {
  challenges: ChallengeTable | undefined
}

const requestScanning = {
  name: 'request-scanning',
  sections: ['request_body_scanning'],
  reasons: ['dlp_match', 'prompt_injection', 'body_entropy', 'parse_error'],

  protections: [
    {
      name: 'request bodies',
      by: 'request_body_scanning.enabled',
      on: ({request_body_scanning: section}: BodiesConfig) => section.enabled,
      note: ({request_body_scanning: section}: BodiesConfig) => section.action,
    },
    {
      name: 'request headers',
      by: 'request_body_scanning.scan_headers',
      on: ({request_body_scanning: section}: BodiesConfig) => section.enabled && section.scan_headers,
      note: ({request_body_scanning: section}: BodiesConfig) => `${section.header_mode}, ${section.action}`,
    },
    {
      name: 'body entropy',
      by: 'request_body_scanning.content_entropy_enabled',
      on: ({request_body_scanning: section}: BodiesConfig) =>
        section.enabled && section.content_entropy_enabled && section.content_entropy_threshold > 0,
      note: ({request_body_scanning: section}: BodiesConfig) => section.content_entropy_action,
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

  settings: ({request_body_scanning: section}: BodiesConfig) => ({
    enabled: section.enabled,
    scansHeaders: section.enabled && section.scan_headers,
    maxBodyBytes: section.max_body_bytes,
  }),

  state: (_ports: Ports): RequestScanningState => ({challenges: undefined}),

  async create(config: BodiesConfig, state: RequestScanningState, context: Context<Services>) {
    const {enabled} = config.request_body_scanning
    const services = [context.service('dlp'), context.service('injection'), context.service('redaction')] as const
    const content = async (): Promise<ContentScanner> => {
      const [{contentScanner}, {scannersOf: scannersFrom}] = await Promise.all([
        import('./content.js'),
        import('./scanners.js'),
      ])
      return contentScanner(scannersFrom(...services))
    }
    if (!enabled && !context.settings('websocket').enabled) return {service: {enabled, content}}
    const [{bodyHooks}, {createChallenges: makeChallenges}, {scannersOf}, {acceptedBy}] = await Promise.all([
      import('./create.js'),
      import('./challenges.js'),
      import('./scanners.js'),
      import('./accepted.js'),
    ])
    state.challenges ??= makeChallenges()
    const scanners = scannersOf(...services)
    const accepted = acceptedBy(context.service('suppress'), context.ports.log)
    const {allowlist} = context.settings('destination')
    const routes = context.service('routes')
    const hooks = bodyHooks(config, allowlist, scanners, state.challenges, accepted, (x) => routes.of(x))
    return {service: {enabled, content}, hooks: () => hooks}
  },
} satisfies Plugin<BodiesConfig, RequestScanningState, RequestScanningService, Services, unknown>

export default requestScanning
