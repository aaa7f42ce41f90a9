// How values stand on a page: in clear, or, on one that is made to be shared, internal ones as salted digests
// and files without their folders. These are plain texts; the page escapes them.
import {basename} from 'node:path'
import {hostText} from '../../../formats/target.js'
import {DEFAULT_PRIVACY, type Privacy} from '../privacy/privacy.js'
import {hider, shareableTraffic, shareableView} from '../privacy/redact.js'
import type {RuleView} from '../view/rule-view.js'

export interface Names {
  readonly redacted: boolean
  readonly host: (rule: RuleView) => string
  readonly path: (value: string, isInternal: boolean) => string
  readonly file: (path: string) => string
  /** A text of requests that support no rule; hosts that the candidate says are public may be named. */
  readonly traffic: (text: string, publicHosts: ReadonlySet<string>) => string
  /** The rule as the page may show it: names of MCP and arguments stand in it as text. */
  readonly view: (rule: RuleView) => RuleView
}

export const CLEAR_NAMES: Names = {
  redacted: false,
  host: (rule) => hostText(rule.host ?? '', rule.ports[0]),
  path: (value) => value,
  file: (path) => path,
  traffic: (text) => text,
  view: (rule) => rule,
}

export function redactedNames(salt: Uint8Array | undefined, privacy: Privacy = DEFAULT_PRIVACY): Names {
  const hide = hider(salt)
  return {
    redacted: true,
    host: (rule) => {
      if (!rule.isInternal) return CLEAR_NAMES.host(rule)
      const port = rule.ports[0]
      return `${hide(rule.host ?? '')}${port === undefined ? '' : `:${port}`}`
    },
    path: (value, isInternal) => (isInternal ? hide(value) : value),
    file: basename,
    traffic: (text, publicHosts) => shareableTraffic(text, publicHosts, privacy),
    view: (rule) => shareableView(rule, hide, privacy),
  }
}
