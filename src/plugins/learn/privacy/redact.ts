// How internal names stand in what is meant to be shared: a salted digest, the same in every output, or a word
// where no salt is configured. A plain hash would be guessed.
import {hmacSha256Hex} from '../../../lib/hash.js'
import {withoutPersonal} from './personal.js'
import {DEFAULT_PRIVACY, type Privacy} from './privacy.js'
import {spanText} from '../view/code-span.js'
import {clearHost} from '../view/compat.js'
import type {Labels} from '../review/parts.js'
import type {RuleView} from '../view/rule-view.js'

/** What stands for an internal value without a salt. */
export const INTERNAL = '[internal]'

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
    paths: rule.paths.map((path) => ({
      ...path,
      value: withoutPersonal(path.value, hide),
      isInternal: path.isInternal || privacy.pathClass(isInternal ? 'internal' : 'public', path.value) === 'internal',
    })),
    server: server !== '' && (rule.isInternalServer || isPrivate(server)) ? hide(server) : server,
    tool: tool !== '' && (rule.isInternalTool || isPrivate(tool)) ? hide(tool) : tool,
    args: rule.argKeys.map((key, i) => `${key}=${hide(rule.args[i] ?? '')}`),
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
    tool(rule) {
      const {server, tool} = shareableView(rule, hide, privacy)
      const shown = (text: string, clear: string): string => (text === clear ? spanText(text) : text)
      return `${shown(server, rule.server)}/${shown(tool, rule.tool)}`
    },
    args: (rule) => rule.argKeys.map((key, i) => `${spanText(key)}=${hide(rule.args[i] ?? '')}`),
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
