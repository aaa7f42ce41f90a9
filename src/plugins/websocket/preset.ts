// The WebSocket proxy in the presets: prepared and off.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: () => [
    '# relay WebSockets, /ws?url=wss://HOST/PATH included, and judge their messages (restart)',
    'websocket_proxy:',
    '  enabled: false',
    '  max_message_bytes: 1048576',
    '  max_concurrent_connections: 128',
    '  allow_binary_frames: false',
    '  max_connection_seconds: 3600',
    '  idle_timeout_seconds: 300',
    '',
  ],
}
