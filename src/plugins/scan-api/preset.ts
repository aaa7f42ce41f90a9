// The scan API in the presets: off until a listener and a token are named.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# verdicts on texts for other programs: POST /api/v1/scan with a bearer token (docs/scan-api.md)',
    '# scan_api:',
    '#   listen: 127.0.0.1:9090',
    '#   auth:',
    '#     bearer_tokens: []  # openssl rand -hex 32 makes one',
    '',
  ],
}
