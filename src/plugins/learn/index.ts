// Learning: what was observed becomes a candidate contract. Observing runs inside the firewall (service and hook);
// compiling and reviewing are tools of the command line.
import type {Context, Instance, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'
import type {CaptureState} from './capture/attach.js'
import type {CaptureCounts} from './capture/writer.js'
import type {LearnTools} from './tools.js'

export interface LearnService {
  /** undefined while nothing is captured. */
  readonly captures: {readonly directory: string; readonly counts: () => CaptureCounts} | undefined
  /** The privacy salt (learn §5.2); undefined when none is configured. Throws salt_unset when it cannot be read. */
  salt(): Promise<Uint8Array | undefined>
}

const learn = {
  name: 'learn',
  sections: ['learn', 'redaction'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  async check({learn: {privacy}, redaction}: EffectiveConfig) {
    const [{saltSourceProblem}, {privacyProblems}] = await Promise.all([
      import('./salt.js'),
      import('./privacy/privacy.js'),
    ])
    const message = saltSourceProblem(privacy.salt_source)
    return [
      ...(message === undefined ? [] : [{field: 'learn.privacy.salt_source', message}]),
      ...privacyProblems({privacy, redaction}),
    ]
  },

  state: (_ports: Ports): CaptureState => new Map(),

  async create(
    config: EffectiveConfig,
    state: CaptureState,
    context: Context<Services>,
  ): Promise<Instance<LearnService>> {
    const {salt_source} = config.learn.privacy
    if (salt_source !== '' && (await import('./salt.js')).isLiteralSalt(salt_source)) {
      context.warn('learn.privacy.salt_source', 'the salt stands in the configuration in clear: for tests only')
    }
    const salt = async (): Promise<Uint8Array | undefined> =>
      salt_source === '' ? undefined : (await import('./salt.js')).resolveSalt(salt_source, context.ports.env)
    const {privacyOf, privacyWarnings} = await import('./privacy/privacy.js')
    const sections = {privacy: config.learn.privacy, redaction: config.redaction}
    for (const {field, message} of privacyWarnings(sections)) context.warn(field, message)
    if (!config.learn.enabled) return {service: {captures: undefined, salt}}
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
      close: () => Promise.resolve(close()),
    }
  },

  async tools(ports: Ports) {
    return (await import('./tools.js')).learnTools(ports)
  },
} satisfies Plugin<EffectiveConfig, CaptureState, LearnService, Services, LearnTools>

export default learn
