// Emission in the presets: off until a receiver is named.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# send events of severity warn and critical elsewhere (docs/emission.md)',
    '# emit:',
    '#   syslog: {address: "udp://127.0.0.1:514"}',
    '',
  ],
}
