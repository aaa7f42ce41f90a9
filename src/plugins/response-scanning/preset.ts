// Response scanning in each preset: strict blocks, quoted phrases included.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: (name) => [
    '# injected instructions in responses: warn, block, strip or ask',
    'response_scanning:',
    '  enabled: true',
    `  action: ${name === 'strict' ? 'block' : 'warn'}`,
    ...(name === 'strict'
      ? ['  # nobody watches: a quoted phrase is enforced like any other', '  mentions: false']
      : []),
    '  sse_streaming:',
    '    action: block',
    '',
  ],
}
