// Credential detection: which texts hold a secret. A service without hooks: the plugins that own a surface ask it.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {DlpScanner} from '../../core/services/dlp.js'
import type {DlpConfig} from './config.js'
import type {ScannerConfig} from './config.js'

const dlp = {
  name: 'dlp',
  sections: ['dlp', 'canary_tokens', 'seed_phrase_detection'],
  reasons: ['dlp_match'],

  protections: [
    {
      name: 'credential patterns',
      by: 'dlp.include_defaults',
      on: ({dlp: section}: DlpConfig) => section.include_defaults,
      note: ({dlp: {patterns}}: DlpConfig) => `built in${patterns.length > 0 ? ` and ${patterns.length} own` : ''}`,
    },
    {
      name: 'environment secrets',
      by: 'dlp.scan_env',
      on: ({dlp: section}: DlpConfig) => section.scan_env,
      note: ({dlp: section}: DlpConfig) => `values from ${section.min_env_secret_length} characters`,
    },
    {
      name: 'seed phrases',
      by: 'seed_phrase_detection.enabled',
      on: ({seed_phrase_detection: section}: DlpConfig) => section.enabled,
      note: ({seed_phrase_detection: section}: DlpConfig) => `from ${section.min_words} words`,
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

  async check(config: DlpConfig) {
    return (await import('./create.js')).check(config)
  },

  settings: ({dlp: {patterns}}: DlpConfig) => ({expressions: patterns.map(({regex}) => regex)}),

  state(_ports: Ports) {
    return undefined
  },

  async create(config: DlpConfig, _state: undefined, context: Context<Services>) {
    const {buildScanner} = await import('./create.js')
    const own = (['kill-switch', 'scan-api', 'emission'] as const).flatMap((name) => context.settings(name).tokens)
    return {service: await buildScanner(config, context.ports, context.warn, own)}
  },

  async tools(ports: Ports) {
    const [{buildScanner}, {builtInPattern}] = await Promise.all([import('./create.js'), import('./rules.js')])
    return {
      scanner: (config: ScannerConfig) => buildScanner(config, ports),
      /** A built-in pattern as a configuration would repeat it. */
      builtIn: builtInPattern,
    }
  },
} satisfies Plugin<DlpConfig, undefined, DlpScanner, Services, object>

export default dlp
