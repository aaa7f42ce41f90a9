// The section `media_policy`: which images, audio and video reach an agent, and which metadata they carry.
import {z} from 'zod'
import {canonicalType} from './types.js'

const DEFAULT_MAX_BYTES = 5_242_880

/** Absent or null is the protective value. */
const flag = (fallback: boolean) =>
  z
    .boolean()
    .nullish()
    .transform((value) => value ?? fallback)

const imageType = z
  .string()
  .transform(canonicalType)
  .refine((type) => /^image\/[a-z0-9][a-z0-9.+_-]{0,60}$/.test(type) && type !== 'image/svg+xml', {
    message:
      'must name one image type, such as image/webp; image/svg+xml is a document, which is disarmed and scanned as text',
  })
  .meta({examples: ['image/webp', 'image/avif']})

const media_policy = z
  .strictObject({
    enabled: flag(true)
      .describe('false: images, audio and video pass unchanged')
      .meta({weaker: {when: 'off', gates: true}}),
    strip_images: flag(false).describe('refuse all images').meta({weaker: 'off'}),
    strip_audio: flag(true).describe('refuse all audio').meta({weaker: 'off'}),
    strip_video: flag(true).describe('refuse all video').meta({weaker: 'off'}),
    allowed_image_types: z
      .array(imageType)
      .default(['image/png', 'image/jpeg', 'image/gif'])
      .describe('image types that may pass; all others are refused')
      .meta({weaker: 'added'}),
    max_image_bytes: z
      .int()
      .min(0)
      .max(268_435_456)
      .default(DEFAULT_MAX_BYTES)
      .transform((value) => (value === 0 ? DEFAULT_MAX_BYTES : value))
      .describe('larger images are refused, unread; 0: the default')
      .meta({weaker: 'higher'}),
    strip_image_metadata: flag(true)
      .describe(
        'remove from PNG, JPEG, GIF and WebP everything that no decoder needs for the pixels; malformed images are refused',
      )
      .meta({weaker: 'off'}),
    log_media_exposure: flag(true)
      .describe('event media_exposure for media that reached the agent or were refused')
      .meta({weaker: 'off'}),
  })
  .prefault({})

export const sections = {media_policy}

export type MediaConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type MediaSection = MediaConfig['media_policy']
