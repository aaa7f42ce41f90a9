// Proposals that could change the effect of the media policy on a response.
import {add, set, type Facts, type Proposals} from './proposals.js'

const MEDIA: Readonly<Record<string, string>> = {
  audio: 'media_policy.strip_audio',
  video: 'media_policy.strip_video',
  images: 'media_policy.strip_images',
  parse: 'media_policy.strip_image_metadata',
}

/** The setting of the rule first; the setting that ends inspection comes last. */
export function mediaRemedies({config: {media_policy}, finding: {rule = '', detail}, subject}: Facts): Proposals {
  const off = (field: string, mind: string) => set(field, false, `set ${field} to false`, mind)
  const size = subject.content?.bytes.length ?? 0
  const type = /"([^"]+)"/.exec(detail)?.[1] ?? ''
  const first =
    rule === 'type'
      ? add('media_policy.allowed_image_types', media_policy.allowed_image_types, type)
      : rule === 'size'
        ? set('media_policy.max_image_bytes', size, `raise it to ${size}, the length of this image`)
        : MEDIA[rule] && off(MEDIA[rule], 'it holds for every host')
  const all = off('media_policy.enabled', 'then no image, audio or video is inspected')
  return first ? [first, all] : [all]
}
