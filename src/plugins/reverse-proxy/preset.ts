// The reverse proxy in the presets: off until a service is named.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# inspect everything that reaches one service (docs/reverse-proxy.md, restart)',
    '# reverse_proxy:',
    '#   enabled: true',
    '#   listen: 127.0.0.1:8890',
    '#   upstream: http://127.0.0.1:3000',
    '',
  ],
}
