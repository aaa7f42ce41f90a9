// The log in the presets: the same in all of them.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => ['logging:', '  format: json', '  output: stdout', ''],
}
