// Hashes and signatures over the canonical form. Verification also accepts the HTML-escaped form that another signer
// writes; both forms are injective, so accepting either is safe. This code signs only the plain form.
import {sha256Text} from '../../lib/hash.js'
import {parseSignatureText, sign, signatureText, verify, type PrivateKey, type PublicKey} from '../../lib/ed25519.js'
import {canonicalJ, CanonicalFault, escapeHtml, type CanonicalInput} from '../../lib/json/writer.js'
import {PipelockError, type ErrorCode} from '../../core/errors.js'

export type Variant = 'rfc8785' | 'html-escaped'

const CODES: Readonly<Record<CanonicalFault['kind'], ErrorCode>> = {
  duplicate: 'duplicate_key',
  number: 'float_not_allowed',
  surrogate: 'invalid_utf8',
  type: 'invalid_field',
}

/** The canonical text of a projected value. `object` because declared shapes have no index signature. */
export function canonicalText(value: object): string {
  try {
    return canonicalJ(value as CanonicalInput)
  } catch (error) {
    if (!(error instanceof CanonicalFault)) throw error
    throw new PipelockError(CODES[error.kind], error.message)
  }
}

/** Both forms, the plain one first; a single one when they are equal. */
function forms(value: object): readonly (readonly [Variant, string])[] {
  const plain = canonicalText(value)
  const html = escapeHtml(plain)
  return html === plain
    ? [['rfc8785', plain]]
    : [
        ['rfc8785', plain],
        ['html-escaped', html],
      ]
}

export function canonicalHash(value: object): string {
  return sha256Text(canonicalText(value))
}

/** The hash in the form that a signature covers. */
export function hashIn(value: object, variant: Variant): string {
  const text = canonicalText(value)
  return sha256Text(variant === 'rfc8785' ? text : escapeHtml(text))
}

/**
 * The form whose hash is the claimed one, or undefined. A claim under which a document was accepted is never
 * recomputed.
 */
export function matchHash(value: object, claimed: string): Variant | undefined {
  return forms(value).find(([, text]) => sha256Text(text) === claimed)?.[0]
}

export function signBody(key: PrivateKey, body: object): string {
  return signatureText(sign(key, Buffer.from(canonicalText(body), 'utf8')))
}

/** The 64 bytes; a wrong shape is another fault than a signature that does not verify. */
export function parseSignature(text: string): Buffer {
  const bytes = parseSignatureText(text)
  if (!bytes) {
    throw new PipelockError('signature_format', 'a signature is "ed25519:" and 128 hex characters')
  }
  return bytes
}

/** The form that the signature covers. Throws `signature_format` or `signature_invalid`. */
export function verifyBody(key: PublicKey, body: object, signature: string): Variant {
  const bytes = parseSignature(signature)
  for (const [variant, text] of forms(body)) {
    if (verify(key, Buffer.from(text, 'utf8'), bytes)) return variant
  }
  throw new PipelockError('signature_invalid', 'the signature does not verify with this key')
}

export const HASH_SHAPE = /^sha256:[0-9a-f]{64}$/

export function isHash(text: string): boolean {
  return HASH_SHAPE.test(text)
}
