// The mediation envelope in the presets: off until a key is named.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# tell the next hop who asked and what was decided, signed (docs/mediation-envelope.md)',
    '# mediation_envelope:',
    '#   enabled: true',
    '#   sign: true  # pipelock keygen mediation makes the key',
    '',
  ],
}
