// The owner of the ordered URL layers: decides where an exchange may go. Calls the credential plugin in its layer and
// resolves names in its own, last.
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Context, Findings, Hooks, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {Services} from '../../core/services/index.js'
import type {Config, DestinationService, DestinationState, DestinationTools} from './create.js'

const USER_CONTENT = new Set(['*.google.com', '*.googleapis.com', '*.githubusercontent.com', '*.azure.com'])

const destination = {
  name: 'destination',
  sections: ['api_allowlist', 'internal', 'trusted_domains', 'ssrf', 'nested_targets', 'dns', 'address_protection'],
  reasons: [
    'scheme_blocked',
    'domain_blocklist',
    'ssrf_private_ip',
    'ssrf_metadata',
    'path_entropy',
    'subdomain_entropy',
    'url_length',
    'rate_limit',
    'data_budget',
    'dlp_match',
    'prompt_injection',
    'parse_error',
    'timeout',
  ],

  protections: [
    {
      name: 'internal networks',
      by: 'internal',
      on: ({internal}: Config) => internal.length > 0,
      note: ({internal}: Config) => `${internal.length} ranges refused`,
    },
    {
      name: 'wallet addresses',
      by: 'address_protection.enabled',
      on: ({address_protection: section}: Config) => section.enabled,
      note: ({address_protection: section}: Config) => section.action,
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

  async check(config: Config, settings: ReadSettings) {
    return (await import('./create.js')).check(config, settings)
  },

  warnings({mode, api_allowlist: allowlist}: Config) {
    if (mode !== 'strict') return []
    // anyone can upload to such hosts, so strict mode would not contain an exfiltration
    return allowlist.flatMap((pattern, i) =>
      USER_CONTENT.has(pattern)
        ? [{field: `api_allowlist[${i}]`, message: `${pattern} also serves content of arbitrary users`}]
        : [],
    )
  },

  settings: ({api_allowlist: allowlist}: Config) => ({allowlist}),

  state(_ports: Ports): DestinationState {
    return {rates: undefined, wallets: undefined}
  },

  async create(config: Config, state: DestinationState, context: Context<Services>) {
    const [{createDestination}, {inspectBody}, {inspectNested}, {acceptedBy}] = await Promise.all([
      import('./create.js'),
      import('./wallet-findings.js'),
      import('./nested-targets.js'),
      import('./accepted.js'),
    ])
    const routes = context.service('routes')
    const {service, scanner} = createDestination(
      config,
      state,
      context.service('dlp'),
      context.ports,
      context.service('injection'),
      {
        isAccepted: acceptedBy(context.service('suppress'), context.ports.log),
        isAllowed: (x) => 'transport' in x && routes.allows(x),
      },
    )
    const {wallets} = service
    const {nested} = scanner
    const inspect = async (x: Exchange, unit: Unit): Promise<Findings> => {
      const own = wallets === undefined ? [] : await inspectBody(x, unit, wallets)
      // internal addresses are ordinary to a service of the operator
      const others = nested === undefined || x.toUpstream ? [] : await inspectNested(x, unit, nested)
      return [...own, ...others]
    }
    const hooks: Partial<Hooks> = {
      ...((wallets ?? nested) && {
        inspect: (x: Exchange, unit: Unit) =>
          unit.kind !== 'body' || unit.direction !== 'request' || unit.bytes.length === 0 ? NOTHING : inspect(x, unit),
      }),
      destination: scanner.judge,
      meter: scanner.meter,
      observe: (x, _ruling, end) => {
        // bytes of a tunnel are counted as they move, in both directions; for plain HTTP inside it each exchange is
        // counted
        scanner.settle(x, x.transport === 'connect' ? 0 : end.responseBytes)
      },
    }
    return {service, hooks: () => hooks}
  },

  async tools(ports: Ports) {
    return (await import('./create.js')).destinationTools(ports)
  },
} satisfies Plugin<Config, DestinationState, DestinationService, Services, DestinationTools>

const NOTHING: Findings = []

export default destination
