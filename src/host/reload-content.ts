// By what a reload looks less into messages, media and what requests say together, or replaces less of them (proxy §4).
import type {EffectiveConfig} from '../plugins/effective-config.js'
import {added, removed, type Note} from './reload-lists.js'

type Agents = EffectiveConfig['a2a_scanning']

export function agentNotes(old: Agents, fresh: Agents, note: Note): void {
  if (!old.enabled) return
  const at = (key: keyof Agents): string => `a2a_scanning.${key}`
  if (!fresh.enabled) return note(at('enabled'), 'turned off')
  if (old.action === 'block' && fresh.action === 'warn') note(at('action'), 'lowered from block to warn')
  for (const key of [
    'scan_agent_cards',
    'detect_card_drift',
    'scan_raw_parts',
    'session_smuggling_detection',
  ] as const) {
    if (old[key] && !fresh[key]) note(at(key), 'turned off')
  }
  if (fresh.max_raw_size >= 2 * old.max_raw_size) {
    note(at('max_raw_size'), `raised from ${old.max_raw_size} to ${fresh.max_raw_size}`)
  }
}

type Media = EffectiveConfig['media_policy']

export function mediaNotes(old: Media, fresh: Media, note: Note): void {
  if (!old.enabled) return
  const at = (key: keyof Media): string => `media_policy.${key}`
  if (!fresh.enabled) return note(at('enabled'), 'turned off')
  for (const key of [
    'strip_images',
    'strip_audio',
    'strip_video',
    'strip_image_metadata',
    'log_media_exposure',
  ] as const)
    if (old[key] && !fresh[key]) note(at(key), 'turned off')
  added(at('allowed_image_types'), old.allowed_image_types, fresh.allowed_image_types, note)
  if (fresh.max_image_bytes >= 2 * old.max_image_bytes) {
    note(at('max_image_bytes'), `raised from ${old.max_image_bytes} to ${fresh.max_image_bytes}`)
  }
}

type CrossRequest = EffectiveConfig['cross_request_detection']

export function crossRequestNotes(old: CrossRequest, fresh: CrossRequest, note: Note): void {
  if (!old.enabled) return
  const at = (key: string): string => `cross_request_detection.${key}`
  if (!fresh.enabled) return note(at('enabled'), 'turned off')
  if (old.action === 'block' && fresh.action === 'warn') note(at('action'), 'lowered from block to warn')
  if (old.fragment_reassembly.enabled && !fresh.fragment_reassembly.enabled) {
    note(at('fragment_reassembly.enabled'), 'turned off')
  }
  const [before, after] = [old.entropy_budget, fresh.entropy_budget]
  if (!before.enabled) return
  if (!after.enabled) return note(at('entropy_budget.enabled'), 'turned off')
  if (before.action === 'block' && after.action === 'warn') {
    note(at('entropy_budget.action'), 'lowered from block to warn')
  }
  if (after.bits_per_window >= 2 * before.bits_per_window) {
    note(at('entropy_budget.bits_per_window'), `raised from ${before.bits_per_window} to ${after.bits_per_window}`)
  }
  added(at('entropy_budget.exempt_domains'), before.exempt_domains, after.exempt_domains, note)
}

export function redactionNotes(
  old: EffectiveConfig['redaction'],
  fresh: EffectiveConfig['redaction'],
  note: Note,
): void {
  if (old.enabled && !fresh.enabled) note('redaction.enabled', 'turned off')
  if (old.strict_reload && !fresh.strict_reload) note('redaction.strict_reload', 'turned off')
  if (old.enabled && fresh.enabled) {
    if (old.default_profile !== fresh.default_profile) {
      note('redaction.default_profile', `changed from ${old.default_profile} to ${fresh.default_profile}`)
    }
    const before = old.profiles[old.default_profile]
    const after = fresh.profiles[fresh.default_profile]
    const field = `redaction.profiles.${fresh.default_profile}`
    removed(`${field}.classes`, before?.classes ?? [], after?.classes ?? [], note)
    removed(`${field}.dictionaries`, before?.dictionaries ?? [], after?.dictionaries ?? [], note)
  }
  added('redaction.allowlist_unparseable', old.allowlist_unparseable, fresh.allowlist_unparseable, note)
  const routes = (section: typeof old): readonly string[] =>
    section.allowlist_unparseable_routes.map((route) => JSON.stringify(route))
  added('redaction.allowlist_unparseable_routes', routes(old), routes(fresh), note)
}
