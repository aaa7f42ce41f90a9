// Data in host names (DNS exfiltration): entropy of the labels left of the registrable domain, and the structure of
// encoded chunks, which stay below any entropy threshold.
import {decodeField} from '../../lib/decode.js'
import {hasUndecodableLabel} from '../../core/target.js'
import {entropy} from '../../lib/entropy.js'

export interface EntropyMatch {
  readonly reason: string
  readonly score: number
}

const MIN_LABEL = 8

/** `rawHost` has the received letter case, which encoded labels need. */
export function findHostSignal(
  host: string,
  rawHost: string,
  registrable: string,
  threshold: number,
): EntropyMatch | undefined {
  const outer = host.length > registrable.length ? host.slice(0, -registrable.length - 1) : ''
  const labels = outer === '' ? [] : outer.split('.')
  for (const label of labels) {
    const value = labelEntropy(label, threshold)
    if (value !== undefined) {
      const reason = `high entropy subdomain label "${label.slice(0, 63)}" (${value.toFixed(2)} > ${threshold.toFixed(2)} threshold)`
      return {reason, score: Math.min(value / 8, 1)}
    }
  }
  const signal = structuralSignal(host, labels, rawHost.split('.').slice(0, labels.length))
  return signal === undefined ? undefined : {reason: `encoded data in host name: ${signal}`, score: 0.9}
}

export function labelEntropy(label: string, threshold: number): number | undefined {
  if (label.length < MIN_LABEL) return undefined
  const value = entropy(label.toLowerCase())
  return value > threshold ? value : undefined
}

function structuralSignal(host: string, labels: readonly string[], raw: readonly string[]): string | undefined {
  // An undecodable label may be anywhere, the registrable domain included.
  if (hasUndecodableLabel(host)) return 'label with invalid Punycode'
  // names that a cloud service gives to what it runs; several of them, or longer ones, carry data
  const numbers = labels.filter((label) => label.length >= MIN_LABEL && /^[0-9a-f]+$/.test(label))
  const isNumbered = numbers.length === 1 && !numbers.some(spellsText)
  let chunks = 0
  let entropySum = 0
  let length = 0
  for (const label of labels) {
    length += label.length + 1
    if (label.length < MIN_LABEL) continue
    if (label.startsWith('xn--') && label.length > 40) return 'long Punycode label'
    if (/^\d{20,}$/.test(label)) return 'long number'
    if (isNumbered && label.length <= MAX_NUMBER && isHex(label)) {
      chunks++
      continue
    }
    if (label.length >= 14 && (isHex(label) || (isBase32(label) && countDigits(label) >= 2 && !isNumberedName(label))))
      return 'encoded label'
    if (isChunk(label)) chunks++
  }
  if (chunks >= 3 || (chunks >= 2 && labels.length >= 4)) return 'encoded chunks'
  if (length > 100) {
    for (const label of labels) entropySum += entropy(label)
    if (entropySum / labels.length > 3) return 'very long subdomain'
  }
  return raw.some(decodesToText) ? 'label that decodes to text' : undefined
}

/** Hex digits whose every byte can be printed: no number looks so by chance. */
function spellsText(label: string): boolean {
  return label.length % 2 === 0 && Buffer.from(label, 'hex').every((byte) => byte >= 0x20 && byte < 0x7f)
}

/** Letters of the longest name of a service. */
const MAX_NAME = 24
/** Hex digits of a number of 64 bits. */
const MAX_NUMBER = 16

function isHex(label: string): boolean {
  return /^[0-9a-f]+$/.test(label) && /[a-f]/.test(label)
}

function isBase32(label: string): boolean {
  return /^[a-z2-7]+$/.test(label)
}

/** Words around one number: `route53resolver`. */
function isNumberedName(label: string): boolean {
  const words = label.split(/\d+/)
  return words.length <= 2 && words.every((word) => word === '' || (word.length >= 4 && isPronounceable(word)))
}

/** Letters of words have vowels between them; encoded ones have one in five, and digits. */
function isPronounceable(word: string): boolean {
  const vowels = word.replace(/[^aeiouy]/g, '').length
  return /^[a-z]+$/.test(word) && vowels >= word.length * 0.25 && !/[bcdfghjklmnpqrstvwxz]{5}/.test(word)
}

function countDigits(label: string): number {
  return label.replace(/[^0-9]/g, '').length
}

/** Ordinary words of eight letters never count: they have vowels. */
function isChunk(label: string): boolean {
  if (isHex(label)) return true
  if (!isBase32(label)) return false
  return countDigits(label) >= 2 || label.replace(/[^aeiou]/g, '').length < label.length * 0.15
}

/** Eight bytes or more of which nine in ten are printable ASCII. */
function decodesToText(label: string): boolean {
  if (label.length <= MAX_NAME && isPronounceable(label)) return false
  return decodeField(label).some(({bytes}) => {
    if (bytes.length < 8) return false
    let printable = 0
    for (const byte of bytes) if (byte >= 0x20 && byte < 0x7f) printable++
    return printable >= bytes.length * 0.9
  })
}
