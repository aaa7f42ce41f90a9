// Where each block reason comes from: the files of src that make findings with it, by its code or by a scanner label that
// stands for it. A code without a site needs a written reason, and one with a site may have none.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

const SESSIONS = 'sessions and what they escalate to are not part of this build'
const JSON_RPC = 'JSON-RPC only; MCP transports are not part of this build'

export const EXEMPT = {
  ssrf_dns_rebind: 'only checked addresses are dialled, so that no later answer can differ',
  tool_policy_deny: JSON_RPC,
  tool_chain_blocked: JSON_RPC,
  tool_poisoning: JSON_RPC,
  airlock_active: SESSIONS,
  escalation_level: SESSIONS,
  session_anomaly: SESSIONS,
  block_reason_overflow: 'close frames only; WebSocket is not part of this build',
}

/** Files that name codes without making findings: vocabularies, promises of plugins, readers of results. */
const READERS =
  /^src\/(?:core\/reasons\.ts|plugins\/[^/]+\/index\.ts|plugins\/(?:logging|metrics|recorder\/facts|learn)|host\/|core\/contract\/captured-url)/

/** Code → files, sorted; throws when a code has neither site nor exemption, or both. */
export function reasonSites(root, codes, reasonOfLabel) {
  const sites = new Map(codes.map((code) => [code, new Set()]))
  for (const path of sources(root, 'src')) {
    if (READERS.test(path)) continue
    const text = readFileSync(join(root, path), 'utf8')
    for (const code of codes) if (text.includes(`'${code}'`)) sites.get(code).add(path)
    for (const [, label] of text.matchAll(/\blabel: (?:[^\n]*\? )?'(\w+)'/g)) {
      const code = reasonOfLabel(label)
      if (code !== 'parse_error') sites.get(code)?.add(path)
    }
  }
  for (const [code, files] of sites) {
    if (files.size === 0 && EXEMPT[code] === undefined) throw new Error(`nothing emits the block reason ${code}`)
    if (files.size > 0 && EXEMPT[code] !== undefined) throw new Error(`${code} is emitted: it needs no exemption`)
  }
  return new Map([...sites].map(([code, files]) => [code, [...files].sort()]))
}

function sources(root, folder) {
  return readdirSync(join(root, folder), {withFileTypes: true}).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? sources(root, path) : path.endsWith('.ts') ? [path] : []
  })
}
