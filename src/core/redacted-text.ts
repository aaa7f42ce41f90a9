// Redacts texts about a refusal. They name client-supplied values (a host, an SNI name, an authority, a field name),
// any of which can hold a credential, so all of them pass through here before they are shown, logged, counted or
// signed.
import type {Finding} from './decision.js'
import type {Exchange, Target} from './exchange.js'
import {failingDirty, MAX_SHOWN, sanitiseTarget, type IsClean} from '../formats/sanitise.js'
import {createLru} from '../lib/lru.js'

/** Replaces words that hold a credential; everything else stays byte for byte. */
export type RedactText = (text: string) => string

const REDACTED = '[redacted]'
const WITHHELD = 'withheld: the text holds a credential'
/** Shorter words cannot be credentials. */
const MIN_SECRET = 8
const MEMO_ENTRIES = 1_000
const MEMO_CHARACTERS = 512
/** A name with at least one dot or hyphen, which a TLS or HTTP peer reads in any letter case. */
const HOST_LIKE = /^(?=.*[.-])[a-z0-9_.-]+(?::[0-9]+)?$/i
const BOUNDARY = /([\s"'(),;=[\]<>{}]+)/

/** Caches verdicts: the same few texts occur again and again. */
export function createTextRedactor(isClean: IsClean): RedactText {
  const clean = failingDirty(isClean)
  const memo = createLru<{readonly shown: string}>(MEMO_ENTRIES)
  return (text) => {
    if (text.length < MIN_SECRET) return text
    const known = memo.get(text)
    if (known !== undefined) return known.shown
    const shown = redacted(text, clean)
    if (text.length <= MEMO_CHARACTERS) memo.set(text, {shown})
    return shown
  }
}

function redacted(text: string, isClean: IsClean): string {
  const pieces = text.split(BOUNDARY)
  const shown = pieces.map((piece) => redactedWord(piece, isClean)).join('')
  // a credential can also span words
  return isClean(shown) ? shown : WITHHELD
}

function redactedWord(word: string, isClean: IsClean): string {
  if (word.length < MIN_SECRET) return word
  if (word.includes('://')) return sanitiseTarget(word, isClean)
  // host names are matched in any letter case, text is not: a lower-cased key is still the key
  const isSecret = !isClean(word) || (HOST_LIKE.test(word) && !isClean(`https://${word}/`))
  return isSecret ? REDACTED : word
}

export interface FindingRedactor {
  /** Findings with displayable texts. Each is inspected once, however often it passes through. */
  texts(findings: readonly Finding[]): readonly Finding[]
  /** For an exchange whose URL no layer inspected: the findings also hide the URL where it holds a credential. */
  unjudged(x: Exchange, findings: readonly Finding[]): readonly Finding[]
}

export function createFindingRedactor(isClean: IsClean): FindingRedactor {
  const redact = createTextRedactor(isClean)
  const clean = failingDirty(isClean)
  const done = new WeakSet<Finding>()

  const isShown = ({canonical, raw}: Target): boolean =>
    raw.length <= MAX_SHOWN && clean(canonical) && (raw === canonical || clean(raw))

  const redactedFinding = (finding: Finding): Finding => {
    if (done.has(finding)) return finding
    const {detail, clientDetail, hint, header, view} = finding
    const shown: Finding = {
      ...finding,
      detail: redact(detail),
      ...(clientDetail !== undefined && {clientDetail: redact(clientDetail)}),
      ...(hint !== undefined && {hint: redact(hint)}),
      ...(header !== undefined && {header: redact(header)}),
      ...(view !== undefined && {view: redact(view)}),
    }
    done.add(shown)
    return shown
  }

  return {
    texts: (findings) => (findings.every((one) => done.has(one)) ? findings : findings.map(redactedFinding)),
    unjudged({target}, findings) {
      if (!target || isShown(target)) return findings
      const isSecretHost = !clean(`${target.scheme}://${authorityAsSent(target.raw)}/`)
      return findings.map((one) => ({...one, hides: true as const, ...(isSecretHost && {inHost: true as const})}))
    },
  }
}

/** With userinfo and in the letter case received. */
function authorityAsSent(raw: string): string {
  return /^[^:]*:[/\\]*([^/\\?#]*)/.exec(raw)?.[1] ?? ''
}
