// Request scanning in each preset: strict blocks, and scans every header.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines(name) {
    const [action, headers] = name === 'strict' ? ['block', 'all'] : ['warn', 'sensitive']
    return [
      '# what the agent sends: bodies are read whole before they move; critical credentials are blocked under warn, too',
      'request_body_scanning:',
      '  enabled: true',
      `  action: ${action}`,
      '  max_body_bytes: 5242880',
      '  scan_headers: true',
      '  # sensitive: the headers that carry credentials; all: every header',
      `  header_mode: ${headers}`,
      `  content_entropy_action: ${action}`,
      '',
    ]
  },
}
