// The layer of redaction, what it replaces, and the settings that change it, for `explain`.
import {NONE, set, switchedOff, without, type Explanation, type Facts, type Proposals} from '../../core/explanation.js'
import type {RedactionConfig} from './config.js'

type Config = RedactionConfig

const NO_REDACTION = switchedOff('redaction.enabled', 'nothing is replaced in requests any longer')

export const explanation: Explanation<Config> = {
  layers: [
    {
      surface: 'request',
      label: 'redaction',
      about: 'replaces sensitive texts',
      off: ({redaction}) => (redaction.enabled ? undefined : 'redaction.enabled: false'),
    },
  ],
  remedies: {redaction: {loosen: loosened, recorded: 'redaction'}},
  rewrites: {
    layer: 'redaction',
    verb: 'replaces',
    of: ({redaction}) => Object.entries(redaction?.by_class ?? {}).map(([what, count]) => ({what, count})),
    keep: (what, {config}) => keepingClass(what, config),
  },
}

function loosened(facts: Facts<Config>): Proposals {
  const {config, finding, subject} = facts
  const size = subject.content?.bytes.length ?? 0
  const {limits} = config.redaction
  const code = finding.detail.slice(finding.detail.lastIndexOf(' ') + 1)
  switch (code) {
    case 'body_too_large':
      return [
        set('redaction.limits.max_body_bytes', size, `raise it to ${size}, the length of this body`),
        NO_REDACTION,
      ]
    case 'redaction_overflow': {
      const twice = limits.max_redactions_per_request * 2
      return [set('redaction.limits.max_redactions_per_request', twice, `raise it to ${twice}`), NO_REDACTION]
    }
    case 'json_depth_exceeded': {
      const deeper = Math.min(limits.max_depth * 2, 256)
      return [set('redaction.limits.max_depth', deeper, `raise it to ${deeper}`), NO_REDACTION]
    }
    case 'secret_in_numeric_scalar':
      return keepingClass(finding.rule ?? '', config)
    default:
      return [...unparseable(facts), NO_REDACTION]
  }
}

/** Accepts a body that is not JSON, for the one host and type. */
function unparseable({config: {redaction: section}, subject, target}: Facts<Config>): Proposals {
  if (target === undefined || subject.content === undefined) return NONE
  const [type = ''] = subject.content.mediaType.split(';')
  const route = {host: target.host, content_types: [type.trim().toLowerCase()]}
  return [
    set(
      'redaction.allowlist_unparseable_routes',
      [...section.allowlist_unparseable_routes.map(plain), route],
      `let ${route.content_types[0] ?? ''} go to ${target.host} as it is`,
      'nothing is replaced in such bodies',
    ),
  ]
}

function plain(route: Config['redaction']['allowlist_unparseable_routes'][number]) {
  const {host, methods, path_prefixes, path_suffixes, content_types} = route
  return {host, methods, path_prefixes, path_suffixes, content_types}
}

/** Removes the class from the profile, else the dictionaries with it, else all redaction. */
function keepingClass(label: string, {redaction}: Config): Proposals {
  const name = redaction.default_profile
  const profile = redaction.profiles[name]
  const field = `redaction.profiles.${name}`
  const isPath = !name.includes('.')
  const ofLabel = profile?.dictionaries.filter((one) => redaction.dictionaries[one]?.class === label) ?? []
  return [
    ...(profile?.classes.includes(label) && isPath ? [without(`${field}.classes`, profile.classes, label)] : []),
    ...(profile && ofLabel.length > 0 && isPath
      ? [
          set(
            `${field}.dictionaries`,
            profile.dictionaries.filter((one) => !ofLabel.includes(one)),
            `take the dictionaries of ${label} out of the profile`,
          ),
        ]
      : []),
    NO_REDACTION,
  ]
}
