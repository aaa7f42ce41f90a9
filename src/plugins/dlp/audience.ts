// Which credentials may go where: a key on its way to the API of its own issuer, over
// TLS, alone in the header in which that API expects it. The sets stand here and nowhere else: no configuration widens them.
import type {SentHeader} from '../../core/services/dlp.js'
import {compileDomainList, type DomainList} from '../../lib/domain-list.js'
import {BUILT_IN_PATTERNS} from './patterns.js'

interface Audience {
  readonly hosts: DomainList
  /** Header → what stands in front of the key in it. */
  readonly headers: ReadonlyMap<string, RegExp>
}

const BEARER = /^bearer +/i
const BARE = /^/

function audience(hosts: string, headers: Readonly<Record<string, RegExp>> = {}): Audience {
  return {
    hosts: compileDomainList(hosts.split(' ')),
    headers: new Map(Object.entries({authorization: BEARER, ...headers})),
  }
}

const GITHUB = audience('api.github.com uploads.github.com', {authorization: /^(?:bearer|token) +/i})
const OPENAI = audience('*.openai.com')
const GOOGLE = audience('*.googleapis.com', {'x-goog-api-key': BARE})

const AUDIENCES: ReadonlyMap<string, Audience> = new Map([
  ['Anthropic API Key', audience('*.anthropic.com', {'x-api-key': BARE})],
  ['OpenAI API Key', OPENAI],
  ['OpenAI Service Key', OPENAI],
  ['Fireworks API Key', audience('*.fireworks.ai')],
  ['Google API Key', GOOGLE],
  ['Google OAuth Token', GOOGLE],
  ['GitHub Token', GITHUB],
  ['GitHub Fine-Grained PAT', GITHUB],
  ['Slack Token', audience('slack.com')],
  ['Discord Bot Token', audience('discord.com', {authorization: /^bot +/i})],
  ['Hugging Face Token', audience('*.huggingface.co')],
  ['Databricks Token', audience('*.databricks.com')],
  ['Replicate API Token', audience('*.replicate.com', {authorization: /^(?:bearer|token) +/i})],
  ['Together AI Key', audience('*.together.ai')],
  ['Pinecone API Key', audience('*.pinecone.io', {'api-key': BARE})],
  ['Groq API Key', audience('*.groq.com')],
  ['xAI API Key', audience('*.x.ai')],
])

/** Nothing stands beside the key: what does could be another one. */
const KEY = /^[A-Za-z0-9_.-]{1,512}$/

/** Whether a header is how a credential of this rule reaches its own issuer. */
export function isAudience(rule: string, {name, value, scheme, host}: SentHeader): boolean {
  if (scheme !== 'https') return false
  if (rule === 'JWT Token') return name === 'authorization' && isForHost(value.replace(BEARER, ''), value, host)
  const own = AUDIENCES.get(rule)
  const before = own?.headers.get(name)?.exec(value)
  if (own === undefined || before === undefined || before === null || own.hosts.match(host) === undefined) return false
  const key = value.slice(before[0].length)
  return KEY.test(key) && beginsOnce(rule, key)
}

/** With the sign of its rule, where it has one, and with no second one. */
function beginsOnce(rule: string, key: string): boolean {
  const lower = key.toLowerCase()
  const signs = BUILT_IN_PATTERNS.find((pattern) => pattern.name === rule)?.issued ?? []
  const own = signs.map((sign) => sign.toLowerCase()).filter((sign) => lower.startsWith(sign))
  // bot tokens have three parts and no sign
  if (own.length === 0) return rule === 'Discord Bot Token' && key.split('.').length === 3
  return own.every((sign) => !lower.includes(sign, 1))
}

/**
 * A token says itself whose it is: its issuer, or whom it is for. A forged one says what its forger likes, and is no
 * credential; its claims are still searched for hidden secrets.
 */
function isForHost(token: string, value: string, host: string): boolean {
  const parts = token.split('.')
  if (token === value || parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]*$/.test(part))) return false
  const claims = claimsOf(parts[1] ?? '')
  const named = [claims?.iss, ...(Array.isArray(claims?.aud) ? claims.aud : [claims?.aud])]
  return named.some((one) => typeof one === 'string' && hostOf(one) === host)
}

function claimsOf(segment: string): {readonly iss?: unknown; readonly aud?: unknown} | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? claims : undefined
  } catch {
    return undefined
  }
}

function hostOf(text: string): string | undefined {
  try {
    return new URL(text.includes('://') ? text : `https://${text}`).hostname
  } catch {
    return undefined
  }
}
