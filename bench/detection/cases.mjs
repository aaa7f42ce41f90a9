// The cases of the public egress corpus that the existing transports can carry, and the disguised forms of each that is an
// attack. Cases are read from PIPELOCK_CONFORMANCE and never copied.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {randomOf} from '../learning/random.mjs'
import {OF_PHRASES, OF_PLACES, OF_TOKENS} from './mutate.mjs'

const PER_CASE = 20
const TRANSPORTS = new Set(['fetch_proxy', 'http_proxy'])
const INPUTS = new Set(['url', 'header', 'request_body', 'response_content'])
const ABOUT_PLACES = new Set(['ssrf', 'ssrf_bypass', 'domain_blocklist', 'entropy', 'hostname_exfil'])
/** How the sentence that must be obeyed begins in the recorded answers. */
const DIRECTIVE = /(?:ignore|disregard|you (?:now )?(?:have|must)|\[?system\]?|important)[^\n<"]{10,}/i

/** The folder of cases, or undefined where this machine has none. */
export function casesFolder() {
  const root = process.env.PIPELOCK_CONFORMANCE ?? join(import.meta.dirname, '../../../shared/conformance')
  const folder = join(root, 'egress-bench/cases')
  return existsSync(folder) ? folder : undefined
}

export function loadCases(folder) {
  const all = readdirSync(folder, {recursive: true})
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  const cases = all.filter((c) => c.transport === 'a2a' || (TRANSPORTS.has(c.transport) && INPUTS.has(c.input_type)))
  return {
    cases: cases.map((c) => (c.transport === 'a2a' ? asAgentCase(c) : asCase(c))),
    left: all.filter((c) => !cases.includes(c)).map((c) => `${c.transport} ${c.input_type}`),
  }
}

function asCase(c) {
  return {
    id: c.id,
    expected: c.expected_verdict,
    input: c.input_type,
    fetch: c.transport === 'fetch_proxy' && (c.input_type === 'url' || c.input_type === 'response_content'),
    isAboutPlace: c.capability_tags.some((tag) => ABOUT_PLACES.has(tag)),
    about: [c.category, ...c.capability_tags],
    method: c.payload.method ?? 'GET',
    url: c.payload.url,
    headers: {...c.payload.headers, ...(c.payload.content_type ? {'content-type': c.payload.content_type} : {})},
    body: c.payload.body,
    answer: c.payload.response_body,
  }
}

/** A message that is sent to an agent, or a card that one shows; over HTTP, which is what the existing transports read. */
function asAgentCase(c) {
  const {agent_card: card, jsonrpc_messages: messages} = c.payload
  const about = [c.category, ...c.capability_tags]
  const common = {id: c.id, expected: c.expected_verdict, about, fetch: false, isAboutPlace: false, headers: {}}
  const host = 'agent.a2a-case.example'
  if (card !== undefined) {
    const url = `http://${host}/.well-known/agent-card.json`
    return {...common, input: 'response_content', method: 'GET', url, answer: JSON.stringify(card)}
  }
  const [message] = messages
  const isOrder = c.category.includes('a2a') && /injection/.test(c.id)
  return {
    ...common,
    input: isOrder ? 'message_phrase' : 'request_body',
    method: 'POST',
    url: `http://${host}/message:send`,
    headers: {'content-type': 'application/a2a+json'},
    body: JSON.stringify(message),
  }
}

/** Block reasons that tell what a case is about. */
const FITTING = [
  [/ssrf/, /^ssrf_/],
  [/blocklist/, /^domain_blocklist$/],
  [/entropy/, /_entropy$/],
  [/hostname/, /^(?:subdomain_entropy|dlp_match)$/],
  [/dlp|encoding|crypto|exfil/, /^(?:dlp_match|[a-z]+_entropy|cross_request_deny)$/],
  [/injection|poison|a2a/, /^(?:prompt_injection|dlp_match)$/],
]

export function isFitting({about}, reason) {
  return FITTING.some(([label, reasons]) => about.some((one) => label.test(one)) && reasons.test(reason))
}

/** Twenty disguised forms of an attack, or as many as its kind has. */
export function disguised(base, seed) {
  const random = randomOf(`${seed}/${base.id}`)
  const forms =
    base.input === 'response_content'
      ? named(OF_PHRASES, (hide) => withPhrase(base, 'answer', hide))
      : base.input === 'message_phrase'
        ? named(OF_PHRASES, (hide) => withPhrase(base, 'body', hide))
        : base.input === 'url' && base.isAboutPlace
          ? named(OF_PLACES, (move) => inPlace(base, move))
          : named(OF_TOKENS, (hide) => withToken(base, (token) => hide(token, random)))
  return random
    .shuffled(forms)
    .slice(0, PER_CASE)
    .map(([name, form]) => ({...form, id: `${base.id}: ${name}`}))
}

function named(table, make) {
  return Object.entries(table).flatMap(([name, change]) => {
    const form = make(change)
    return form === undefined ? [] : [[name, form]]
  })
}

function withPhrase(base, place, hide) {
  const whole = base[place]
  const match = DIRECTIVE.exec(whole)
  if (!match) return undefined
  const {0: text, index} = match
  const hidden = hide(text.trimEnd())
  const isJson = whole.trimStart().startsWith('{')
  const written = isJson ? JSON.stringify(hidden).slice(1, -1) : hidden
  return {...base, [place]: whole.slice(0, index) + written + whole.slice(index + text.trimEnd().length)}
}

function inPlace(base, move) {
  const [, scheme, host, port = '', rest] = /^([a-z]+):\/\/(\[[^\]]*\]|[^/?#:]*)(:\d+)?(.*)$/i.exec(base.url)
  const moved = move({scheme, user: '', host, port, rest, isAddress: /^[\d.]+$|^\[/.test(host)})
  if (moved === undefined) return undefined
  return {...base, url: `${moved.scheme}://${moved.user}${moved.host}${moved.port}${moved.rest}`}
}

/** Hides the longest token of the case; in a URL with the escapes that a client writes. */
function withToken(base, hide) {
  if (base.input === 'url') return inUrl(base, hide)
  if (base.input === 'header') return inHeader(base, hide)
  return inBody(base, hide)
}

const TOKEN = /[A-Za-z0-9+/_=.-]{12,}/g
const longest = (text) => [...text.matchAll(TOKEN)].map(([t]) => t).sort((a, b) => b.length - a.length)[0]

function inUrl(base, hide) {
  const [, before, path, query = ''] = /^([a-z]+:\/\/[^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(base.url)
  const token = longest(query === '' ? path.split('/').join(' ') : query.split(/[&=]/).join(' '))
  if (token === undefined) return undefined
  const hidden = hide(token.includes('%') ? decodeURIComponent(token) : token)
  const parts = Array.isArray(hidden) ? hidden : [hidden]
  const encoded = parts.map((part) => (/^(?:%[0-9a-f]{2})+$/i.test(part) ? part : encodeURIComponent(part)))
  const joint = query === '' ? '/' : `&next=`
  return {...base, url: base.url.replace(token, () => encoded.join(joint))}
}

function inHeader(base, hide) {
  const headers = {...base.headers}
  for (const [name, value] of Object.entries(base.headers)) {
    const token = name === 'User-Agent' ? undefined : longest(value)
    if (token === undefined) continue
    const hidden = hide(token)
    const parts = Array.isArray(hidden) ? hidden : [hidden]
    if (parts.some((part) => /[^\x20-\x7e]/.test(part))) return undefined // a header cannot carry it
    headers[name] = value.replace(token, () => parts[0])
    parts.slice(1).forEach((part, i) => (headers[`${name}-${i + 2}`] = part))
  }
  return {...base, headers}
}

function inBody(base, hide) {
  if (base.body.trimStart().startsWith('{')) {
    const value = JSON.parse(base.body)
    return {...base, body: JSON.stringify(inValue(value, longest(leaves(value).join(' ')), hide))}
  }
  const token = longest(base.body)
  if (token === undefined) return undefined
  const hidden = hide(token)
  const written = Array.isArray(hidden) ? hidden.join('\nnext: ') : hidden
  return {...base, body: base.body.replaceAll(token, () => written)}
}

const leaves = (value) =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [String(value)]

function inValue(value, token, hide) {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => inValue(each, token, hide))
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      if (typeof each !== 'string' || token === undefined || !each.includes(token))
        return [[key, inValue(each, token, hide)]]
      const hidden = hide(token)
      if (!Array.isArray(hidden)) return [[key, each.replace(token, () => hidden)]]
      return hidden.map((part, i) => [
        i === 0 ? key : `${key}_${i + 1}`,
        i === 0 ? each.replace(token, () => part) : part,
      ])
    }),
  )
}
