// Receipts in the presets: on in all of them, with the default directory.
import {DEFAULT_EVIDENCE} from '../../core/home-path.js'
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: (_name, {receiptKey}) => [
    '# a signed receipt for every decision; <home> is --home, PIPELOCK_HOME or ~/.pipelock, and the key is made when it is missing',
    'flight_recorder:',
    '  enabled: true',
    `  dir: "${DEFAULT_EVIDENCE}"`,
    `  signing_key_path: ${JSON.stringify(receiptKey)}`,
    '',
  ],
}
