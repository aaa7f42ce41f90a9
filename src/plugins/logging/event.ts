// Names and texts of events (proxy §20.2) and the cleaning of their fields: a line is one line, whatever a client sent.

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
  sni_mismatch: 'SNI verification failed',
}

export function messageOf(event: string): string {
  return MESSAGES[event] ?? event.replaceAll('_', ' ')
}

/** ANSI sequences, then every control character but tab and newline (which JSON escapes). */
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
const SUSPECT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

function cleanText(text: string): string {
  return SUSPECT.test(text) ? text.replace(ANSI, '').replace(CONTROL, '') : text
}

/** Cleaned, and without members that hold nothing. */
export function cleanFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const name of Object.keys(fields)) {
    const value = cleanValue(fields[name])
    if (value !== undefined && value !== '') out[name] = value
  }
  return out
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (value instanceof Error) return cleanText(value.message)
  if (Array.isArray(value)) return value.map(cleanValue)
  return value === null ? undefined : value
}
