// Images, audio and video on their way to an agent: which may pass, with images reduced to their pixels.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {MediaService, MessageVerdict} from '../../core/services/media.js'
import type {MediaConfig} from './config.js'

const media = {
  name: 'media',
  sections: ['media_policy'],
  reasons: ['media_policy'],

  protections: [
    {
      name: 'media policy',
      by: 'media_policy.enabled',
      on: ({media_policy: section}: MediaConfig) => section.enabled,
      note: ({media_policy: section}: MediaConfig) =>
        [section.strip_images && 'images', section.strip_audio && 'audio', section.strip_video && 'video']
          .filter(Boolean)
          .join(', ') || 'no kind refused',
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

  settings: ({media_policy: {enabled, strip_images}}: MediaConfig) => ({handsOnSvg: enabled && !strip_images}),

  state: () => undefined,

  async create({media_policy: section}: MediaConfig, _state: undefined, {ports, warn}: Context<Services>) {
    const [{createMediaPolicy: makeMediaPolicy}, {mediaHooks}, {judgeMessage}, {hasSurgery}] = await Promise.all([
      import('./policy.js'),
      import('./create.js'),
      import('./message.js'),
      import('./clean/clean.js'),
    ])
    const policy = makeMediaPolicy(section)
    const hooks = mediaHooks(section, policy, ports.log)
    for (const [i, type] of section.allowed_image_types.entries()) {
      if (section.enabled && section.strip_image_metadata && !hasSurgery(type)) {
        warn(`media_policy.allowed_image_types[${i}]`, `metadata of ${type} is not removed and reaches the agent`)
      }
    }
    const {enabled} = section
    const message = (source: string): MessageVerdict =>
      enabled ? judgeMessage(source, policy) : {kind: 'pass', text: source, exposures: []}
    return {service: {enabled, policy, message}, hooks: () => hooks}
  },
} satisfies Plugin<MediaConfig, undefined, MediaService, Services, unknown>

export default media
