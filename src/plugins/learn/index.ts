// Learning: what was observed becomes a candidate contract. Observing runs inside the firewall (service and hook);
// compiling and reviewing are tools of the command line.
import {resolve} from 'node:path'
import type {LearnService} from '../../core/services/learn.js'
import type {CommandLineValues, Context, Instance, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {Services} from '../../core/services/index.js'
import type {LearnConfig} from './config.js'
import type {CaptureState} from './capture/attach.js'
import type {LearnTools} from './tools.js'

async function escrowProblems(hex: string): Promise<readonly {readonly field: string; readonly message: string}[]> {
  const {boxPublicKey} = await import('../../lib/sealed-box.js')
  if (boxPublicKey(Buffer.from(hex, 'hex')) !== undefined) return []
  const message = 'is a low-order X25519 key: anyone could decrypt data sealed to it'
  return [{field: 'learn.capture_escrow_public_key', message}]
}

const learn = {
  name: 'learn',
  sections: ['learn'],
  reasons: [],

  protections: [
    {
      name: 'captures',
      by: 'learn.enabled',
      on: ({learn: section}: LearnConfig) => section.enabled,
      note: ({learn: section}: LearnConfig) => section.capture_dir,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async check({learn: {privacy, capture_escrow_public_key: escrow}}: LearnConfig, settings: ReadSettings) {
    const [{saltSourceProblem}, {privacyProblems}] = await Promise.all([
      import('./salt.js'),
      import('./privacy/privacy.js'),
    ])
    const message = saltSourceProblem(privacy.salt_source)
    return [
      ...(message === undefined ? [] : [{field: 'learn.privacy.salt_source', message}]),
      ...privacyProblems({privacy, redaction: settings('redaction')}),
      ...(escrow === '' ? [] : await escrowProblems(escrow)),
    ]
  },

  overrides: ({captureDir, captureEscrowPublicKey: escrow}: CommandLineValues) =>
    captureDir === undefined
      ? {}
      : {
          learn: {
            enabled: true,
            capture_dir: resolve(captureDir),
            ...(escrow === undefined ? {} : {capture_escrow_public_key: escrow}),
          },
        },

  settings: ({learn: {privacy}}: LearnConfig) => ({
    regulatedPatterns: privacy.regulated_patterns.map(({regex}) => regex),
  }),

  state: (_ports: Ports): CaptureState => new Map(),

  async create(config: LearnConfig, state: CaptureState, context: Context<Services>): Promise<Instance<LearnService>> {
    const {salt_source} = config.learn.privacy
    if (salt_source !== '' && (await import('./salt.js')).isLiteralSalt(salt_source)) {
      context.warn(
        'learn.privacy.salt_source',
        'the configuration holds the salt in clear text: use ${VAR} or file:/absolute/path outside tests',
      )
    }
    const salt = async (): Promise<Uint8Array | undefined> =>
      salt_source === '' ? undefined : (await import('./salt.js')).resolveSalt(salt_source, context.ports.env)
    const {privacyOf, privacyWarnings} = await import('./privacy/privacy.js')
    const sections = {privacy: config.learn.privacy, redaction: context.settings('redaction')}
    for (const {field, message} of privacyWarnings(sections)) context.warn(field, message)
    if (!config.learn.enabled && config.learn.capture_escrow_public_key !== '') {
      context.warn('learn.capture_escrow_public_key', 'nothing is captured (learn.enabled), so nothing is sealed')
    }
    const {captureSamples} = await import('./capture/samples.js')
    if (!config.learn.enabled) return {service: {captures: undefined, salt}, samples: () => captureSamples()}
    const {attachCaptures} = await import('./capture/attach.js')
    const {directory, counts, observe, close} = attachCaptures(
      config,
      privacyOf(sections, context.ports.env),
      state,
      context,
    )
    return {
      service: {captures: {directory, counts}, salt},
      hooks: () => ({observe}),
      samples: () => captureSamples(counts()),
      close: () => Promise.resolve(close()),
    }
  },

  async tools(ports: Ports) {
    return (await import('./tools.js')).learnTools(ports)
  },
} satisfies Plugin<LearnConfig, CaptureState, LearnService, Services, LearnTools>

export default learn
