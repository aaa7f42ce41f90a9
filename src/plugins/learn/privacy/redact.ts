// How internal names stand in what is meant to be shared: a salted digest, the same in every output, or a word
// where no salt is configured. A plain hash would be guessed.
import {hmacSha256Hex} from '../../../lib/hash.js'
import {withoutPersonal} from './personal.js'
import {DEFAULT_PRIVACY, type Privacy} from './privacy.js'
import {spanHost, spanQuote, spanText} from '../view/code-span.js'
import {clearHost} from '../view/compat.js'
import {admittedCell} from '../view/forms.js'
import type {Labels} from '../review/parts.js'
import type {PathView, RuleView} from '../view/rule-view.js'

/** What stands for an internal value without a salt. */
export const INTERNAL = '[internal]'

/** What stands for requests and tools of which nobody knows whether they are internal. */
const HIDDEN = '[hidden]'

export type Hide = (value: string) => string

export function hider(salt: Uint8Array | undefined): Hide {
  return (value) => (salt ? `hmac:${hmacSha256Hex(salt, value).slice(0, 16)}` : INTERNAL)
}

/**
 * A rule as it may be shared. A value is internal when the contract says so or the configuration at hand does: what one of
 * them misses, the other hides. Of arguments only the keys stay: whatever was constant may be a name or an address. In paths
 * of public hosts too, mail addresses, telephone numbers and tokens are hidden.
 */
export function shareableView(rule: RuleView, hide: Hide, privacy: Privacy): RuleView {
  const {server, tool} = rule
  const isInternal = rule.isInternal || (rule.host !== undefined && privacy.hostClass(rule.host) === 'internal')
  const isPrivate = (name: string): boolean => privacy.nameClass(name) === 'internal'
  return {
    ...rule,
    isInternal,
    paths: rule.paths.map((path) => {
      const isPathInternal =
        path.isInternal || privacy.pathClass(isInternal ? 'internal' : 'public', path.value) === 'internal'
      return {
        ...path,
        value: withoutPersonal(path.value, hide),
        isInternal: isPathInternal,
        collapsed: isPathInternal ? path.collapsed.map(withoutPrefixes) : path.collapsed,
      }
    }),
    family: rule.family && {
      ...rule.family,
      prefix: isPrefixInternal(rule.family.prefix, rule, isInternal, privacy)
        ? hide(rule.family.prefix)
        : withoutPersonal(rule.family.prefix, hide),
    },
    server: server !== '' && (rule.isInternalServer || isPrivate(server)) ? hide(server) : server,
    tool: tool !== '' && (rule.isInternalTool || isPrivate(tool)) ? hide(tool) : tool,
    args: rule.argKeys.map((key, i) => `${key}=${hide(rule.args[i] ?? '')}`),
    parameters: rule.parameters?.map((name) => withoutPersonal(name, hide)),
  }
}

/** A prefix of a path is internal where the path is, or where it matches what the configuration calls internal. */
function isPrefixInternal(prefix: string, rule: RuleView, isHostInternal: boolean, privacy: Privacy): boolean {
  const isInternal = (path: string): boolean =>
    privacy.pathClass(isHostInternal ? 'internal' : 'public', path) === 'internal'
  return isInternal(prefix) || rule.paths.some((path) => path.isInternal || isInternal(path.value))
}

/** A prefix of identifiers may be the name of what they identify: what is left is their number of letters. */
function withoutPrefixes(wildcard: PathView['collapsed'][number]): PathView['collapsed'][number] {
  return {
    ...wildcard,
    forms: wildcard.forms?.map((form) =>
      form?.form === 'prefixed' || form?.form === 'numbered' ? {...form, prefix: INTERNAL} : form,
    ),
  }
}

export function redactedLabels(salt: Uint8Array | undefined, privacy: Privacy = DEFAULT_PRIVACY): Labels {
  const hide = hider(salt)
  return {
    host(rule) {
      if (!shareableView(rule, hide, privacy).isInternal) return clearHost(rule)
      return `${hide(rule.host ?? '')}${rule.ports[0] === undefined ? '' : `:${rule.ports[0]}`}`
    },
    path(value, internal, rule) {
      const view = shareableView(rule, hide, privacy).paths[rule.paths.findIndex((path) => path.value === value)]
      return internal || view?.isInternal !== false ? hide(value) : shownPath(value, hide)
    },
    prefix(prefix, rule) {
      const {isInternal} = shareableView(rule, hide, privacy)
      return isPrefixInternal(prefix, rule, isInternal, privacy) ? hide(prefix) : shownPath(prefix, hide)
    },
    admitted(path, rule) {
      const view = shareableView({...rule, paths: [path]}, hide, privacy).paths[0]
      return view ? admittedCell(view, spanInternal) : ''
    },
    tool(rule) {
      const {server, tool} = shareableView(rule, hide, privacy)
      const shown = (text: string, clear: string): string => (text === clear ? spanText(text) : text)
      return `${shown(server, rule.server)}/${shown(tool, rule.tool)}`
    },
    args: (rule) => rule.argKeys.map((key, i) => `${spanText(key)}=${hide(rule.args[i] ?? '')}`),
  }
}

/** The word for internal values stays readable. */
function spanInternal(value: string): string {
  return value === INTERNAL ? `\`${INTERNAL}\`` : spanQuote(value)
}

/**
 * A text of requests that support no rule: spans of `METHOD host[:port]pattern`, without blanks inside. A host is shown only
 * if the candidate says that it is public, since no rule says so of a host that was only refused.
 */
export function shareableTraffic(
  text: string,
  publicHosts: ReadonlySet<string>,
  privacy: Privacy = DEFAULT_PRIVACY,
): string {
  const [method = '', place = ''] = text.split(' ')
  if (place === spanText('[redacted-target]')) return text
  // no rule says of a tool that was only blocked whether its name is internal
  if (method === 'tool') return `tool ${HIDDEN}`
  const slash = place.indexOf('/')
  const [host, path] = slash === -1 ? [place, ''] : [place.slice(0, slash), place.slice(slash)]
  if (!publicHosts.has(host) || privacy.pathClass('public', decoded(path)) === 'internal') return `${method} ${HIDDEN}`
  return `${method} ${host}${withoutPersonal(path, () => HIDDEN)}`
}

/** Hosts that the candidate says are public, as the texts above name them. */
export function publicHostsOf(rules: readonly RuleView[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap((rule) => (rule.host !== undefined && !rule.isInternal ? [spanHost(rule.host, rule.ports[0])] : [])),
  )
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** What a digest replaces stands as it is, everything else with its unsafe bytes escaped. */
function shownPath(value: string, hide: Hide): string {
  return value
    .split('/')
    .map((segment) => {
      const shown = withoutPersonal(segment, hide)
      return shown === segment ? spanText(segment) : shown
    })
    .join('/')
}
