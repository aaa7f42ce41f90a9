// The public entry of verification. The verifier of logs is loaded only for a log: checking one receipt must not cost more
// than that.
import {PipelockError} from '../../../core/errors.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {authorityOf} from './authority.js'
import {pinning, type Report} from './output/members.js'
import {reportSingle} from './output/receipt.js'
import {readDocument} from './read-document.js'
import type {PinnedReport, ReceiptRequest} from './requests.js'
import {verifySingle} from './single.js'
import {resolveTrustedKeys} from './trusted-key.js'

/** Verifies one receipt, a file of receipts or the chain of a session. Throws PipelockError for wrong usage. */
export async function verifyReceipts(request: ReceiptRequest): Promise<PinnedReport> {
  const trusted = resolveTrustedKeys(request.keys)
  const path = pathOfReceipt(request)
  requireExtensibleTrust(request, trusted, path)
  if (path !== undefined) return verifyDocument(path, request, trusted)
  return (await import('./chain.js')).verifyChain(request, trusted)
}

/** The transcript root that a verified chain would state. */
export async function transcriptRoot(request: ReceiptRequest): Promise<Report> {
  const trusted = resolveTrustedKeys(request.keys)
  if (trusted.length === 0) {
    throw new PipelockError('usage', '--key is required: a root is worth what the keys are that signed its receipts')
  }
  return (await import('./chain.js')).verifyRoot(request, trusted)
}

/** The file of a single receipt; undefined for a chain. */
function pathOfReceipt({file, chain, as}: ReceiptRequest): string | undefined {
  if (chain !== undefined) return undefined
  return (as ?? (file?.endsWith('.jsonl') ? 'chain' : 'receipt')) === 'receipt' ? file : undefined
}

/** An endorsement lets a trusted key name its successor in a chain; without such a key it proves nothing. */
function requireExtensibleTrust(
  request: ReceiptRequest,
  trusted: readonly PublicKey[],
  path: string | undefined,
): void {
  if (request.endorsements.length === 0 || (trusted.length > 0 && path === undefined)) return
  throw new PipelockError('usage', '--rotation-endorsement needs --key and a chain', {
    hint: 'an endorsement extends the trust in a key that was given; it cannot create trust',
  })
}

function verifyDocument(path: string, request: ReceiptRequest, trusted: readonly PublicKey[]): PinnedReport {
  const verdict = verifySingle(readDocument(path), {
    trusted,
    authority: authorityOf(trusted, request.roster),
    expect: request.expect ?? {},
    structuralWithoutKey: request.structural === true,
  })
  return reportSingle(verdict, {path, ...pinning(request, trusted)})
}
