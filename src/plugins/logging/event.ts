// Names and texts of events.

const MESSAGES: Readonly<Record<string, string>> = {
  startup: 'pipelock started',
  shutdown: 'pipelock stopping',
  config_reload: 'configuration reloaded',
  allowed: 'request allowed',
  blocked: 'request blocked',
  body_dlp: 'request body DLP scan hit',
  body_prompt_injection: 'request body prompt injection scan hit',
  header_dlp: 'request header DLP scan hit',
  media_exposure: 'media response reached agent or was blocked by policy',
  response_scan: 'response scan detected prompt injection',
  response_scan_exempt: 'response scan skipped: exempt domain',
  core_observed: 'prompt injection only spoken about',
  dlp_warn: 'DLP warn-mode match (informational)',
  error: 'request error',
  anomaly: 'anomaly detected',
  redirect: 'redirect followed',
  forward_http: 'forward proxy request',
  tunnel_open: 'tunnel opened',
  tunnel_close: 'tunnel closed',
  ws_open: 'websocket opened',
  ws_close: 'websocket closed',
  ws_blocked: 'websocket blocked',
  ws_scan: 'websocket scan hit',
  emit_failed: 'events cannot be sent',
  emit_recovered: 'events are sent again',
  sni_mismatch: 'SNI verification failed',
}

export function messageOf(event: string): string {
  return MESSAGES[event] ?? event.replaceAll('_', ' ')
}
