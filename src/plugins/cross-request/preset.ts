// Detection over several requests, which only strict turns on.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: (name) =>
    name === 'strict'
      ? [
          '# what one client sends over several requests: secrets in pieces, and opaque content beyond a budget',
          'cross_request_detection:',
          '  enabled: true',
          '  action: block',
          '  entropy_budget:',
          '    action: warn',
          '    bits_per_window: 4096',
          '    window_minutes: 5',
          '  fragment_reassembly:',
          '    max_buffer_bytes: 65536',
          '    window_minutes: 5',
          '',
        ]
      : [],
}
