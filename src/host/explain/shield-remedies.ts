// Proposals for a page that exceeds the limit of the browser shield.
import {add, set, type Facts, type Proposals} from './proposals.js'

export function shieldRemedies({config: {browser_shield}, subject, target}: Facts): Proposals {
  const size = subject.content?.bytes.length ?? 0
  return [
    set('browser_shield.max_shield_bytes', size, `raise it to ${size}, the length of this page`),
    set(
      'browser_shield.oversize_action',
      'scan_head',
      'set browser_shield.oversize_action to scan_head',
      'content beyond the limit is then not rewritten',
    ),
    ...(target ? [add('browser_shield.exempt_domains', browser_shield.exempt_domains, target.host)] : []),
  ]
}
