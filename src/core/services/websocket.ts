// The WebSocket proxy as configured.

/** Live settings; read once per WebSocket. */
export interface WebSocketSettings {
  readonly enabled: boolean
  readonly maxMessageBytes: number
  readonly maxConnections: number
  /** Text messages are judged. */
  readonly scansText: boolean
  /** Binary messages of clients are accepted. */
  readonly allowsBinary: boolean
  readonly forwardsCookies: boolean
  readonly maxConnectionSeconds: number
  readonly idleTimeoutSeconds: number
  readonly originPolicy: 'rewrite' | 'forward' | 'strip'
  /** Request bodies are redacted, so messages must arrive whole. */
  readonly redacts: boolean
}

export interface WebSocketService {
  readonly settings: WebSocketSettings
}
