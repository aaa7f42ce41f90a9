// The mediation envelope: tells the next hop who asked, what was decided and under which policy, signed where configured;
// and requires such envelopes of clients.
import type {Context, Plugin} from '../../core/plugin.js'
import {perLabel} from '../../core/sample.js'
import type {MediationService} from '../../core/services/mediation.js'
import type {Services} from '../../core/services/index.js'
import type {MediationConfig} from './config.js'
import type {MediationState} from './create.js'

const NEEDED = ['pipelock-mediation', '@target-uri'] as const

const mediation = {
  name: 'mediation',
  sections: ['mediation_envelope'],
  reasons: ['envelope_verify_failed', 'outbound_envelope_failed'],

  protections: [
    {
      name: 'mediation envelope',
      by: 'mediation_envelope.enabled',
      on: ({mediation_envelope: section}: MediationConfig) => section.enabled || section.verify_inbound.enabled,
      note({mediation_envelope: {enabled, sign, verify_inbound: inbound}}: MediationConfig) {
        const sent = enabled ? [sign ? 'signed' : 'not signed'] : []
        return [...sent, ...(inbound.enabled ? [`required of ${inbound.trust_list.length} peers`] : [])].join(', ')
      },
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

  warnings({mediation_envelope: {sign, signed_components: covered}}: MediationConfig) {
    if (!sign) return []
    return NEEDED.filter((name) => !covered.includes(name)).map((name) => ({
      field: 'mediation_envelope.signed_components',
      message: `without ${name} a signature vouches for other requests as well`,
    }))
  },

  state: (): MediationState => ({
    replays: undefined,
    counts: {verified: 0, missing: 0, failed: 0},
    maxEntries: 0,
    keys: [],
  }),

  async create({mediation_envelope: section}: MediationConfig, state: MediationState, context: Context<Services>) {
    const isOn = section.enabled || section.verify_inbound.enabled
    const service: MediationService = {keyDirectory: () => ({keys: [], signer: undefined})}
    const own = isOn
      ? (await import('./create.js')).createMediation(section, state, context.ports, context.hashes.policy)
      : {service, hooks: {}}
    return {
      service: own.service,
      hooks: () => own.hooks,
      health: () => state.replays?.problem() ?? 'ok',
      reason: () => (state.replays?.problem() === undefined ? undefined : 'replays_not_kept'),
      samples: () =>
        section.verify_inbound.enabled
          ? perLabel('envelope_verify_total', 'Envelopes of clients by result', 'result', {...state.counts})
          : [],
    }
  },
} satisfies Plugin<MediationConfig, MediationState, MediationService, Services, unknown>

export default mediation
