// The section `websocket_proxy`: whether WebSockets are proxied, and the limits of one connection.
import {z} from 'zod'

const ORIGIN_POLICIES = ['rewrite', 'strip', 'forward'] as const

const DEFAULTS = {
  enabled: false,
  max_message_bytes: 1_048_576,
  max_concurrent_connections: 128,
  scan_text_frames: true,
  allow_binary_frames: false,
  forward_cookies: false,
  max_connection_seconds: 3600,
  idle_timeout_seconds: 300,
  origin_policy: 'rewrite',
} as const

/** About 23 days. A timer beyond 2^31 ms fires at once. */
const MAX_SECONDS = 2_000_000

const websocket_proxy = z
  .strictObject({
    enabled: z
      .boolean()
      .default(DEFAULTS.enabled)
      .describe('relay WebSockets and judge their messages (restart; cannot be turned on by a reload)')
      .meta({weaker: {when: 'off', onAtStart: true}}),
    max_message_bytes: z
      .int()
      .min(1)
      .max(1_073_741_824)
      .default(DEFAULTS.max_message_bytes)
      .describe('longest message, over all its fragments')
      .meta({weaker: 'higher'}),
    max_concurrent_connections: z
      .int()
      .min(1)
      .max(65_536)
      .default(DEFAULTS.max_concurrent_connections)
      .describe('WebSockets open at one time')
      .meta({weaker: 'higher'}),
    scan_text_frames: z
      .boolean()
      .default(DEFAULTS.scan_text_frames)
      .describe('judge text messages in both directions')
      .meta({weaker: 'off'}),
    allow_binary_frames: z
      .boolean()
      .default(DEFAULTS.allow_binary_frames)
      .describe('accept binary messages of clients')
      .meta({weaker: 'on'}),
    max_connection_seconds: z
      .number()
      .positive()
      .max(MAX_SECONDS)
      .default(DEFAULTS.max_connection_seconds)
      .describe('lifetime of a WebSocket')
      .meta({weaker: 'higher'}),
    idle_timeout_seconds: z
      .number()
      .positive()
      .max(MAX_SECONDS)
      .default(DEFAULTS.idle_timeout_seconds)
      .describe('longest wait for a frame')
      .meta({weaker: 'higher'}),
    origin_policy: z
      .enum(ORIGIN_POLICIES)
      .default(DEFAULTS.origin_policy)
      .describe('Origin that /ws sends: rewrite: that of the destination; forward: the one of the client; strip: none')
      .meta({weaker: 'never'}),
    forward_cookies: z
      .boolean()
      .default(DEFAULTS.forward_cookies)
      .describe('send the Cookie of a request to /ws to its destination')
      .meta({weaker: 'on'}),
  })
  .prefault({})
  // off, it decides nothing: configurations that do not name it keep their hash
  .meta({policyHash: {unless: DEFAULTS}})

export const sections = {websocket_proxy}

export type WebSocketConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
