// By what a reload rewrites less of what pages bring (proxy §4).
import type {EffectiveConfig} from '../plugins/effective-config.js'

type Shield = EffectiveConfig['browser_shield']

/** From the weakest to the strongest. */
const SHIELD_LEVELS = ['minimal', 'standard', 'aggressive']
const SHIELD_SWITCHES = [
  'strip_extension_probing',
  'strip_tracking_pixels',
  'strip_hidden_traps',
  'inject_fingerprint_shims',
] as const
const OVERSIZE_ACTIONS = ['warn', 'scan_head', 'block']

export function shieldNotes(old: Shield, fresh: Shield, note: (field: string, message: string) => void): void {
  if (!old.enabled) return
  const at = (key: keyof Shield): string => `browser_shield.${key}`
  if (!fresh.enabled) return note(at('enabled'), 'turned off')
  const lowered = (key: 'strictness' | 'oversize_action', order: readonly string[]): void => {
    if (order.indexOf(fresh[key]) < order.indexOf(old[key])) note(at(key), `lowered from ${old[key]} to ${fresh[key]}`)
  }
  lowered('strictness', SHIELD_LEVELS)
  lowered('oversize_action', OVERSIZE_ACTIONS)
  for (const key of SHIELD_SWITCHES) if (old[key] && !fresh[key]) note(at(key), 'turned off')
  if (2 * fresh.max_shield_bytes <= old.max_shield_bytes && fresh.oversize_action !== 'block')
    note(at('max_shield_bytes'), `lowered from ${old.max_shield_bytes} to ${fresh.max_shield_bytes}`)
  for (const host of fresh.exempt_domains)
    if (!old.exempt_domains.includes(host)) note(at('exempt_domains'), `${host} added`)
  for (const host of old.tracking_domains)
    if (!fresh.tracking_domains.includes(host)) note(at('tracking_domains'), `${host} removed`)
}
