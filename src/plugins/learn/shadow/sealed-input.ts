// What a sidecar adds to the replay of a record: the URL and the arguments as the scanners and the contract saw
// them. It is judged, and nothing of it is shown: reports speak of the record.
import type {CapturePayload} from '../../../formats/capture-payload.js'
import {isObject, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'

export interface SealedInput {
  readonly url: string | undefined
  readonly toolArgs: string | undefined
  /** What the scanners said then can be said again without network, clock and environment. */
  readonly offline: boolean
}

export function sealedInput(payload: CapturePayload, detail: JsonValue | undefined): SealedInput {
  const offline = isOfflineVerdict(detail)
  return payload.surface === 'url'
    ? {url: payload.url, toolArgs: undefined, offline}
    : {url: undefined, toolArgs: payload.toolArgs, offline}
}

/** Layers that judge a URL by itself. */
const OFFLINE_LAYERS: ReadonlySet<string> = new Set([
  'allowlist',
  'blocklist',
  'core_dlp',
  'crlf_injection',
  'dlp',
  'entropy',
  'length',
  'parser',
  'path_traversal',
  'subdomain_entropy',
])

/** Values of the environment, of a file and canaries are known to the firewall alone, not to a replay. */
const KNOWN_VALUE = /^(?:Environment Variable Leak|Known Secret Leak|Canary Token .*)$/

/** False when a replay could not find what was found: it would then show a blocked secret as an allow. */
function isOfflineVerdict(detail: JsonValue | undefined): boolean {
  const findings = isObject(detail) ? detail['effective_findings'] : undefined
  if (findings === undefined || findings === null) return true
  return Array.isArray(findings) && findings.every((finding) => isObject(finding) && isOffline(finding))
}

function isOffline({kind, pattern_name: name}: JsonObject): boolean {
  const isKnown = typeof name === 'string' && KNOWN_VALUE.test(name)
  return typeof kind === 'string' && OFFLINE_LAYERS.has(kind) && !isKnown
}
