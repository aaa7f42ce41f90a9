// TLS interception in the presets: prepared and off, since every client must trust the authority first.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# judge what is inside HTTPS: first pipelock tls init and pipelock tls install-ca, then true',
    'tls_interception:',
    '  enabled: false',
    '  # hosts whose clients pin certificates; their tunnels are relayed unread',
    '  passthrough_domains: ["*.googlevideo.com"]',
    '  cert_ttl: 24h',
    '  max_response_bytes: 5242880',
    '',
  ],
}
