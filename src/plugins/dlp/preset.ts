// Credential detection in the presets: the same in all of them.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    'dlp:',
    '  # the built-in patterns, which grow with every version; own ones go under patterns',
    '  include_defaults: true',
    '  scan_env: true',
    '',
  ],
}
