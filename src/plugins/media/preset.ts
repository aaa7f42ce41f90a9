// The media policy in the presets: the same in all of them.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# images, audio and video on their way to the agent; images lose their metadata',
    'media_policy:',
    '  enabled: true',
    '  strip_images: false',
    '  strip_audio: true',
    '  strip_video: true',
    '  allowed_image_types: [image/png, image/jpeg, image/gif]',
    '  max_image_bytes: 5242880',
    '',
  ],
}
