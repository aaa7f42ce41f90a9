// By what a reload looks for fewer credentials, seed phrases and wallet addresses (proxy §4).
import type {EffectiveConfig} from '../plugins/effective-config.js'

type Sections = Pick<EffectiveConfig, 'dlp' | 'canary_tokens' | 'seed_phrase_detection' | 'address_protection'>
type Note = (field: string, message: string) => void

export function credentialNotes(old: Sections, fresh: Sections, note: Note): void {
  patternNotes(old.dlp, fresh.dlp, note)
  const [tokens, nextTokens] = [old.canary_tokens, fresh.canary_tokens]
  if (tokens.enabled && !nextTokens.enabled) note('canary_tokens.enabled', 'turned off')
  const values = new Set(nextTokens.tokens.map(({value}) => value))
  if (tokens.enabled && nextTokens.enabled)
    for (const {name, value} of tokens.tokens) if (!values.has(value)) note('canary_tokens.tokens', `${name} removed`)
  const [seeds, nextSeeds] = [old.seed_phrase_detection, fresh.seed_phrase_detection]
  if (seeds.enabled && !nextSeeds.enabled) note('seed_phrase_detection.enabled', 'turned off')
  else if (seeds.enabled && nextSeeds.min_words > seeds.min_words) {
    note('seed_phrase_detection.min_words', `raised from ${seeds.min_words} to ${nextSeeds.min_words}`)
  }
  walletNotes(old.address_protection, fresh.address_protection, note)
}

function patternNotes(old: Sections['dlp'], fresh: Sections['dlp'], note: Note): void {
  const patterns = new Map(old.patterns.map((pattern) => [pattern.name, pattern]))
  for (const {name, action, exempt_domains} of fresh.patterns) {
    const before = patterns.get(name)
    if (action === 'warn' && before !== undefined && before.action !== 'warn') {
      note('dlp.patterns', `pattern ${name} made report-only`)
    }
    for (const host of exempt_domains) {
      if (!before?.exempt_domains.includes(host)) note('dlp.patterns', `${host} added to the exemptions of ${name}`)
    }
  }
  if (old.scan_env && fresh.scan_env && fresh.min_env_secret_length > old.min_env_secret_length) {
    note('dlp.min_env_secret_length', `raised from ${old.min_env_secret_length} to ${fresh.min_env_secret_length}`)
  }
}

type Wallets = Sections['address_protection']

/** From the weakest to the strongest. */
const ACTIONS = ['allow', 'warn', 'block']

function walletNotes(old: Wallets, fresh: Wallets, note: Note): void {
  if (!old.enabled) return
  const at = (key: string): string => `address_protection.${key}`
  if (!fresh.enabled) return note(at('enabled'), 'turned off')
  for (const key of ['action', 'unknown_action'] as const) {
    if (ACTIONS.indexOf(fresh[key]) < ACTIONS.indexOf(old[key])) {
      note(at(key), `lowered from ${old[key]} to ${fresh[key]}`)
    }
  }
  for (const key of ['prefix_length', 'suffix_length'] as const) {
    if (fresh[key] > old[key]) note(at(key), `raised from ${old[key]} to ${fresh[key]}`)
  }
  for (const chain of ['eth', 'btc', 'sol', 'bnb'] as const) {
    if (old.chains[chain] && !fresh.chains[chain]) note(at(`chains.${chain}`), 'turned off')
    const added = fresh.allowed_addresses[chain].filter((text) => !old.allowed_addresses[chain].includes(text)).length
    if (added > 0) note(at(`allowed_addresses.${chain}`), `${added} added`)
  }
}
