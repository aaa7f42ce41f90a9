// The layer of the WebSocket protocol, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {WebSocketConfig} from './config.js'

export const explanation: Explanation<WebSocketConfig> = {
  remedies: {
    ws_protocol: {recorded: 'websocket_proxy.allow_binary_frames or max_message_bytes, by what was refused'},
  },
}
