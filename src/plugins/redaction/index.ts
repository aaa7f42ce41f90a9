// Redaction of JSON requests: sensitive texts become placeholders before anything else looks at the body. A request that
// cannot be redacted is not sent.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {Services} from '../../core/services/index.js'
import {perLabel} from '../../core/sample.js'
import type {RedactionConfig} from './config.js'
import type {RedactionService, RedactionState} from './create.js'

const redaction = {
  name: 'redaction',
  sections: ['redaction'],
  reasons: ['redaction_failure'],

  protections: [
    {
      name: 'redaction',
      by: 'redaction.enabled',
      on: ({redaction: section}: RedactionConfig) => section.enabled,
      note: ({redaction: section}: RedactionConfig) => `profile ${section.default_profile}`,
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

  check({redaction}: RedactionConfig, settings: ReadSettings) {
    if (!redaction.enabled || settings('request-scanning').enabled) return []
    return [{field: 'redaction.enabled', message: 'needs request_body_scanning.enabled'}]
  },

  settings: ({redaction: {public_allowlist, salt_hash}}: RedactionConfig) => ({public_allowlist, salt_hash}),

  state(_ports: Ports): RedactionState {
    return {snapshots: new Map(), counts: new Map()}
  },

  async create(config: RedactionConfig, state: RedactionState, context: Context<Services>) {
    const [{createRedaction}, {redactionHooks}] = await Promise.all([import('./create.js'), import('./stage.js')])
    const service = createRedaction(config, state, context.service('dlp'), context.warn)
    const hooks = redactionHooks(service)
    const help = 'Texts replaced in request bodies'
    return {
      service,
      hooks: () => hooks,
      samples: () => perLabel('body_redactions_total', help, 'class', service.counts()),
    }
  },
} satisfies Plugin<RedactionConfig, RedactionState, RedactionService, Services, undefined>

export default redaction
