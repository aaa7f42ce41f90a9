// The layers of the browser shield, what it removes from pages, and the settings that change it, for `explain`.
import {
  add,
  set,
  switchedOff,
  type Explanation,
  type Facts,
  type Proposals,
  type Rewriting,
} from '../../core/explanation.js'
import type {ShieldSummary} from '../../core/plugin.js'
import type {ShieldConfig} from './config.js'

type Config = ShieldConfig

const off = ({browser_shield: {enabled}}: Config): string | undefined =>
  enabled ? undefined : 'browser_shield.enabled: false'
const SHIELDED =
  /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|(?:text|application)\/(?:x-)?(?:java|ecma)script)/i

const CATEGORIES: Readonly<Record<string, keyof ShieldSummary>> = {
  extension_probing: 'extension_probes',
  tracking: 'tracking_beacons',
  hidden_traps: 'agent_traps',
  svg_foreign_objects: 'svg_foreign_objects',
  svg_event_handlers: 'svg_event_handlers',
  svg_external_references: 'svg_external_references',
  svg_hidden_text: 'svg_hidden_text',
  svg_animation_injections: 'svg_animation_injections',
}
const MALFORMED = 'malformed_markup'
const SCRIPT = 'script put in'
const SWITCHES: Readonly<Record<string, string>> = {
  [SCRIPT]: 'browser_shield.strip_extension_probing',
  extension_probing: 'browser_shield.strip_extension_probing',
  tracking: 'browser_shield.strip_tracking_pixels',
  hidden_traps: 'browser_shield.strip_hidden_traps',
}

export const explanation: Explanation<Config> = {
  layers: [
    {
      surface: 'response',
      label: 'browser_shield',
      about: 'removed from pages, SVG and scripts: probes, tracking, hidden texts, active content',
      off,
      skipped: ({mediaType}) => (SHIELDED.test(mediaType) ? undefined : 'it is not a page, SVG or script'),
    },
    {surface: 'response', label: 'shield_oversize', about: 'pages too long to rewrite', off},
  ],
  remedies: {shield_oversize: {loosen: tooLong, recorded: 'browser_shield.oversize_action'}},
  rewrites: {
    layer: 'browser_shield',
    verb: 'rewrites',
    of({redaction, shield, rewritten}, {config, subject}) {
      if (redaction !== undefined || rewritten === undefined) return []
      // SVG is rewritten also where the section is off
      if (shield !== undefined) return categoriesOf(shield)
      if (!config.browser_shield.enabled) return []
      // an image loses its metadata in another layer
      return subject.content?.mediaType.startsWith('image/') === true ? [] : [{what: SCRIPT, count: 1}]
    },
    keep(what, {config: {browser_shield}, target}) {
      const field = SWITCHES[what]
      return [
        ...(target ? [add('browser_shield.exempt_domains', browser_shield.exempt_domains, target.host)] : []),
        ...(field === undefined ? [] : [switchedOff(field, 'it holds for every host')]),
      ]
    },
  },
}

function categoriesOf(shield: ShieldSummary): readonly Rewriting[] {
  const known = Object.entries(CATEGORIES).map(([what, member]) => ({what, count: Number(shield[member])}))
  const rest = shield.total_rewrites - known.reduce((sum, {count}) => sum + count, 0)
  return [...known, {what: MALFORMED, count: rest}].filter(({count}) => count > 0)
}

function tooLong({config: {browser_shield}, subject, target}: Facts<Config>): Proposals {
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
