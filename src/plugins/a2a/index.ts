// Scans the messages and cards of agents that talk to agents (A2A). This plugin recognises the messages and reads their
// fields; credentials, injected instructions and destinations are judged by the plugins that own them.
import type {A2aService} from '../../core/services/scanning.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {A2aConfig} from './config.js'
import type {Baseline, Baselines} from './baselines.js'
import type {ContextTable} from './contexts.js'

/** What outlives a reload: conversations go on, and cards stay known. */
export interface A2aState {
  contexts: ContextTable | undefined
  baselines: Baselines | undefined
}

export interface A2aTools {
  /** The cards that the firewall of this state root knows. */
  cards(): readonly Baseline[]
  /** Forgets the cards of a URL; how many there were. */
  resetCard(url: string): number
}

const a2a = {
  name: 'a2a',
  sections: ['a2a_scanning'],
  reasons: [
    'dlp_match',
    'prompt_injection',
    'session_binding',
    'ssrf_private_ip',
    'ssrf_metadata',
    'scheme_blocked',
    'domain_blocklist',
    'path_entropy',
    'subdomain_entropy',
    'url_length',
    'response_size',
    'media_policy',
    'parse_error',
    'timeout',
  ],

  protections: [
    {
      name: 'A2A messages',
      by: 'a2a_scanning.enabled',
      on: ({a2a_scanning: section}: A2aConfig) => section.enabled,
      note: ({a2a_scanning: section}: A2aConfig) => section.action,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  state: (): A2aState => ({contexts: undefined, baselines: undefined}),

  async create(config: A2aConfig, state: A2aState, context: Context<Services>) {
    const {enabled} = config.a2a_scanning
    if (!enabled) return {service: {enabled, isStream: () => false}}
    const [
      {a2aHooks},
      {createContexts: makeContexts},
      {cardFolder, openBaselines},
      {createDriftCheck: makeDriftCheck},
    ] = await Promise.all([
      import('./create.js'),
      import('./contexts.js'),
      import('./baselines.js'),
      import('./drift.js'),
    ])
    const {clock, log, home} = context.ports
    state.contexts ??= makeContexts()
    state.baselines ??= openBaselines(cardFolder(home))
    const sources = {
      dlp: context.service('dlp'),
      injection: context.service('injection'),
      urls: context.service('destination').urls,
      suppress: context.service('suppress'),
      media: context.service('media'),
      log,
    }
    const compareCard = makeDriftCheck({
      action: config.a2a_scanning.action,
      baselines: state.baselines,
      clock,
      log,
      isClean: (text) => sources.dlp.isClean(text),
    })
    const {hooks, isStream} = a2aHooks(config, context.settings, sources, state.contexts, compareCard)
    return {service: {enabled, isStream}, hooks: () => hooks}
  },

  async tools({home}: Ports): Promise<A2aTools> {
    const {cardFolder, openBaselines} = await import('./baselines.js')
    const baselines = openBaselines(cardFolder(home))
    return {cards: () => baselines.list(), resetCard: (url) => baselines.reset(url)}
  },
} satisfies Plugin<A2aConfig, A2aState, A2aService, Services, A2aTools>

export default a2a
