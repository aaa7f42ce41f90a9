// Where the captures of a learning agent go.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  agentLines: ({captures}) => ['learn:', `  capture_dir: ${JSON.stringify(captures)}`, ''],
}
