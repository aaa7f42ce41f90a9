// The layer of the media policy, and the settings that change its findings, for `explain`.
import {add, set, switchedOff, type Explanation, type Facts, type Proposals} from '../../core/explanation.js'
import type {MediaConfig} from './config.js'

type Config = MediaConfig

const METADATA = 'metadata'
const SWITCHES: Readonly<Record<string, string>> = {
  audio: 'media_policy.strip_audio',
  video: 'media_policy.strip_video',
  images: 'media_policy.strip_images',
  parse: 'media_policy.strip_image_metadata',
}

export const explanation: Explanation<Config> = {
  layers: [
    {
      surface: 'response',
      label: 'media_policy',
      about: 'images, audio and video: which may pass; removes metadata of images',
      off: ({media_policy}) => (media_policy.enabled ? undefined : 'media_policy.enabled: false'),
    },
  ],
  remedies: {
    media_policy: {
      loosen: loosened,
      switches: ['media_policy.enabled'],
      recorded: 'media_policy',
    },
  },
  rewrites: {
    layer: 'media_policy',
    verb: 'takes out bytes of',
    of({redaction, shield, rewritten}, {subject}) {
      if (redaction !== undefined || shield !== undefined || rewritten === undefined) return []
      const isImage = subject.content?.mediaType.startsWith('image/') === true
      return isImage ? [{what: METADATA, count: rewritten.from - rewritten.to}] : []
    },
    keep: () => [switchedOff('media_policy.strip_image_metadata', 'it holds for every host')],
  },
  inspectAll: ({media_policy}) => ({media_policy: {...media_policy, enabled: true}}),
}

/** The setting of the rule first; the setting that ends inspection comes last. */
function loosened({config: {media_policy}, finding: {rule = '', detail}, subject}: Facts<Config>): Proposals {
  const size = subject.content?.bytes.length ?? 0
  const type = /"([^"]+)"/.exec(detail)?.[1] ?? ''
  const first =
    rule === 'type'
      ? add('media_policy.allowed_image_types', media_policy.allowed_image_types, type)
      : rule === 'size'
        ? set('media_policy.max_image_bytes', size, `raise it to ${size}, the length of this image`)
        : SWITCHES[rule] && switchedOff(SWITCHES[rule], 'it holds for every host')
  const all = switchedOff('media_policy.enabled', 'then no image, audio or video is inspected')
  return first ? [first, all] : [all]
}
