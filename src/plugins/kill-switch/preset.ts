// The kill switch in the presets: ready, and off.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# denies all traffic: pipelock kill-switch on, SIGUSR1, or a file of this name (docs/kill-switch.md)',
    'kill_switch:',
    '  enabled: false',
    '  sentinel_file: ""',
    '  message: Emergency deny-all active',
    '',
  ],
}
