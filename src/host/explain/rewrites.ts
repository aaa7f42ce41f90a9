// Changes of a message on its way, by the layer that makes them, and the settings that would leave it unchanged.
import type {ShieldSummary} from '../../core/plugin.js'
import {parseTarget} from '../../core/target.js'
import type {LoadedConfig} from '../config/load.js'
import {changedConfig, type Change} from './change.js'
import type {Hint} from './examine.js'
import type {Judged, Subject} from './judge.js'
import {add, set, without, type Facts} from './proposals.js'

export interface Rewriting {
  readonly layer: string
  /** A class of texts, a category of the shield, or a fixed name. */
  readonly what: string
  /** Number of distinct texts or places; bytes for metadata. */
  readonly count: number
}

export interface RewriteReport extends Rewriting {
  readonly hint?: Hint
}

export interface RewriteQuestion {
  readonly loaded: LoadedConfig
  readonly subject: Subject
  /** Search for the setting that leaves the message unchanged. */
  readonly hints: boolean
  judgeWith(loaded: LoadedConfig): Promise<Judged>
  verdictOf(judged: Judged): string
}

/** The rewrites of the message, each with the setting that was confirmed, by judging again, to leave it unchanged. */
export async function rewritesIn(base: Judged, question: RewriteQuestion): Promise<readonly RewriteReport[]> {
  const {loaded, subject, hints, judgeWith, verdictOf} = question
  const target = parseTarget(subject.url).target
  const under = ({config}: LoadedConfig): RewriteInput => ({config, subject, target})
  const hintFor = async (one: Rewriting): Promise<Hint | undefined> => {
    for (const change of keeping(one, under(loaded))) {
      const changed = await changedConfig(loaded, change)
      if (changed === undefined) continue
      const after = await judgeWith(changed)
      const left = rewritingsOf(after, under(changed))
      if (!left.some(({layer, what}) => layer === one.layer && what === one.what))
        return {...change, then: verdictOf(after)}
    }
    return undefined
  }
  const reports: RewriteReport[] = []
  for (const one of rewritingsOf(base, under(loaded))) {
    const hint = hints ? await hintFor(one) : undefined
    reports.push({...one, ...(hint && {hint})})
  }
  return reports
}

type Rewritten = Pick<Judged, 'redaction' | 'shield' | 'rewritten'>
type RewriteInput = Pick<Facts, 'config' | 'target' | 'subject'>

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
const SWITCHES: Readonly<Record<string, string>> = {
  extension_probing: 'browser_shield.strip_extension_probing',
  tracking: 'browser_shield.strip_tracking_pixels',
  hidden_traps: 'browser_shield.strip_hidden_traps',
}
const MALFORMED = 'malformed_markup'
const SCRIPT = 'script put in'
const METADATA = 'metadata'

function rewritingsOf(
  {redaction, shield, rewritten}: Rewritten,
  {config, subject}: RewriteInput,
): readonly Rewriting[] {
  const classes = Object.entries(redaction?.by_class ?? {})
  if (classes.length > 0) return classes.map(([what, count]) => ({layer: 'redaction', what, count}))
  if (rewritten === undefined) return []
  if (subject.content?.mediaType.startsWith('image/') === true && shield === undefined) {
    return [{layer: 'media_policy', what: METADATA, count: rewritten.from - rewritten.to}]
  }
  if (!config.browser_shield.enabled) return []
  return shield === undefined ? [{layer: 'browser_shield', what: SCRIPT, count: 1}] : categoriesOf(shield)
}

function categoriesOf(shield: ShieldSummary): readonly Rewriting[] {
  const known = Object.entries(CATEGORIES).map(([what, member]) => ({what, count: Number(shield[member])}))
  const rest = shield.total_rewrites - known.reduce((sum, {count}) => sum + count, 0)
  return [...known, {what: MALFORMED, count: rest}].flatMap(({what, count}) =>
    count > 0 ? [{layer: 'browser_shield', what, count}] : [],
  )
}

/** Narrowest first. */
function keeping({layer, what}: Rewriting, {config, target}: RewriteInput): readonly Change[] {
  if (layer === 'redaction') return keepingClass(what, config)
  if (layer === 'media_policy') return [off('media_policy.strip_image_metadata')]
  const {browser_shield: shield} = config
  const field = what === SCRIPT ? 'browser_shield.strip_extension_probing' : SWITCHES[what]
  return [
    ...(target ? [add('browser_shield.exempt_domains', shield.exempt_domains, target.host)] : []),
    ...(field === undefined ? [] : [off(field)]),
  ]
}

function off(field: string): Change {
  return set(field, false, `set ${field} to false`, 'it holds for every host')
}

/** Removes the class from the profile, else the dictionaries with it, else all redaction. */
export function keepingClass(label: string, {redaction}: RewriteInput['config']): readonly Change[] {
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

export const NO_REDACTION = set(
  'redaction.enabled',
  false,
  'set redaction.enabled to false',
  'nothing is replaced in requests any longer',
)
