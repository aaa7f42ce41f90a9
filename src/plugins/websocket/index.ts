// The WebSocket proxy as configured. Handshakes and messages are judged by the plugins that judge everything else.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {WebSocketService} from '../../core/services/websocket.js'
import type {WebSocketConfig} from './config.js'

/** Message buffers of both directions above this total may exhaust a small machine. */
const LARGE_BYTES = 1_073_741_824

const websocket = {
  name: 'websocket',
  sections: ['websocket_proxy'],
  reasons: [],

  protections: [
    {
      name: 'WebSocket proxy',
      by: 'websocket_proxy.enabled',
      on: ({websocket_proxy: section}: WebSocketConfig) => section.enabled,
      note: ({websocket_proxy: section}: WebSocketConfig) =>
        section.scan_text_frames ? 'messages judged' : 'text messages not judged',
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  warnings({websocket_proxy: {enabled, max_message_bytes: bytes, max_concurrent_connections: most}}: WebSocketConfig) {
    if (!enabled || 2 * bytes * most <= LARGE_BYTES) return []
    const message = `${most} connections of 2 × ${bytes} bytes may hold more than 1 GiB`
    return [{field: 'websocket_proxy.max_concurrent_connections', message}]
  },

  settings: ({websocket_proxy: section}: WebSocketConfig) => ({
    enabled: section.enabled,
    scansText: section.scan_text_frames,
    maxConnectionSeconds: section.max_connection_seconds,
  }),

  state: () => undefined,

  create({websocket_proxy: section}: WebSocketConfig, _state: undefined, context: Context<Services>) {
    return {
      service: {
        settings: {
          enabled: section.enabled,
          maxMessageBytes: section.max_message_bytes,
          maxConnections: section.max_concurrent_connections,
          scansText: section.scan_text_frames,
          allowsBinary: section.allow_binary_frames,
          forwardsCookies: section.forward_cookies,
          maxConnectionSeconds: section.max_connection_seconds,
          idleTimeoutSeconds: section.idle_timeout_seconds,
          originPolicy: section.origin_policy,
          redacts: context.service('redaction').enabled,
        },
      },
    }
  },
} satisfies Plugin<WebSocketConfig, undefined, WebSocketService, Services, unknown>

export default websocket
