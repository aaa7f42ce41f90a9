// Headers of the protocol: the extensions that a client asks for are addresses, the version is a token.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Findings} from '../../core/plugin.js'
import {finding} from './findings.js'
import {scannersFor, type Sources} from './sources.js'
import {trimOws} from '../../lib/ows.js'

const EXTENSIONS: ReadonlySet<string> = new Set(['a2a-extensions', 'x-a2a-extensions'])
const VERSION = /^[\w.+-]{0,64}$/
const MAX_URIS = 100

export function scanHeaders(
  x: Exchange,
  {headers}: Unit,
  action: 'warn' | 'block',
  sources: Sources,
): Findings | Promise<Findings> {
  const uris: string[] = []
  let version: string | undefined
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (EXTENSIONS.has(lower)) uris.push(...value.split(',').map((one) => trimOws(one)))
    else if (lower === 'a2a-version') version = trimOws(value)
  }
  const findings: Finding[] = []
  if (version !== undefined && !VERSION.test(version)) {
    findings.push(finding('a2a_header', 'parse_error', action, {detail: 'a2a: A2A-Version header is no version'}))
  }
  const given = uris.filter((uri) => uri !== '')
  if (given.length === 0) return findings
  if (given.length > MAX_URIS) {
    const detail = `a2a: A2A-Extensions header names more than ${MAX_URIS} extensions`
    return [...findings, finding('a2a_header', 'parse_error', 'block', {detail})]
  }
  return extensions(x, given, action, sources).then((more) => [...findings, ...more])
}

async function extensions(
  x: Exchange,
  uris: readonly string[],
  action: 'warn' | 'block',
  sources: Sources,
): Promise<Findings> {
  const scanners = scannersFor(x, 'a2a_header', sources)
  const refused = (await Promise.all(uris.map((uri) => scanners.layers(uri, false)))).filter((one) => one !== undefined)
  const [first] = refused.sort((a, b) => strength(a) - strength(b))
  if (first === undefined) return []
  const isInternal = first.reason.startsWith('ssrf_')
  return [
    finding('a2a_header', first.reason, isInternal ? 'block' : action, {
      detail: `a2a: A2A-Extensions header contains blocked URI (${first.layer})`,
      hint: 'a2a_scanning.action decides',
      rule: first.rule ?? first.layer,
      ...(first.class !== undefined && {class: first.class}),
    }),
  ]
}

/** Credentials, orders, internal addresses, then the rest. */
function strength({reason}: Finding): number {
  const at = ['dlp_match', 'prompt_injection', 'ssrf_metadata', 'ssrf_private_ip'].indexOf(reason)
  return at < 0 ? 4 : at
}
