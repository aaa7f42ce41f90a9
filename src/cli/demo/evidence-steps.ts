// Last part of the demonstration: an auditor's view. All receipts verify, and one changed bit in a copy of them does
// not.
import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Tools} from '../../plugins/registry.js'
import {FILES} from './files.js'
import {check, type Step} from './report.js'
import type {World} from './world.js'

type ReceiptRequest = Parameters<Tools['receipts']['verifyReceipts']>[0]
type IntegrityReport = Awaited<ReturnType<Tools['receipts']['verifyIntegrity']>>

export function evidenceSteps(world: World): readonly Step[] {
  return [
    {
      step: 'verify',
      title: 'Verify the receipts',
      explanation:
        'Every decision above, allowed or blocked, left a signed receipt in one chain; ratify and promote left theirs. ' +
        'Whoever has the public keys can check them, without the firewall and without trusting who ran it.',
      get commands() {
        return [
          `pipelock integrity verify ${FILES.evidence} --key ${FILES.receiptPublic}`,
          `pipelock verify-receipt --chain ${FILES.evidence} --key ${FILES.receiptPublic} --whole-recorder`,
          `pipelock verify-receipt ${FILES.ratification} --key ${FILES.receiptPublic}`,
          `pipelock verify-receipt ${FILES.activation} --roster ${FILES.roster} ` +
            `--roster-root-fingerprint ${world.facts.rootFingerprint}`,
        ]
      },
      async run() {
        const report = await integrityOf(world, 'evidence')
        const chain = await receiptsOf(world, {chain: world.path('evidence'), wholeRecorder: true, ...byKey(world)})
        const ratified = await receiptsOf(world, {file: world.path('ratification'), ...byKey(world)})
        const activated = await receiptsOf(world, {file: world.path('activation'), ...(await byRoster(world))})
        return {
          checks: [
            check('integrity verify', 'intact', report.ok ? 'intact' : 'violated'),
            check('verify-receipt, decisions', 'valid', chain),
            check('verify-receipt, ratification', 'valid', ratified),
            check('verify-receipt, activation', 'valid', activated),
            check('files of log, evidence and captures that hold one of the access keys', 0, leaks(world)),
          ],
          excerpt: report.text,
          files: [FILES.evidence, FILES.receiptPublic, FILES.activationPublic],
        }
      },
    },
    {
      step: 'tamper',
      title: 'Change one bit, and verification fails',
      explanation:
        'In a copy of the evidence one bit of a receipt is changed, as somebody would who wants a blocked request to ' +
        'look like another one. Verification names the place.',
      commands: [`pipelock integrity verify ${FILES.tampered} --key ${FILES.receiptPublic}`],
      async run() {
        cpSync(world.path('evidence'), world.path('tampered'), {recursive: true})
        flipOneBit(world.path('tampered'))
        const report = await integrityOf(world, 'tampered')
        const untouched = await integrityOf(world, 'evidence')
        return {
          checks: [
            check('integrity verify of the copy', 'violated', report.ok ? 'intact' : 'violated'),
            check('integrity verify of the original', 'intact', untouched.ok ? 'intact' : 'violated'),
          ],
          excerpt: report.text,
          files: [FILES.tampered],
        }
      },
    },
  ]
}

async function integrityOf(world: World, directory: 'evidence' | 'tampered'): Promise<IntegrityReport> {
  const receipts = await world.tools('receipts')
  return receipts.verifyIntegrity({
    path: world.path(directory),
    keys: [world.path('receiptPublic')],
    recursive: false,
    strict: false,
    retainedSuffix: false,
  })
}

type VerifyOptions = Pick<ReceiptRequest, 'file' | 'chain' | 'keys' | 'roster'> & {readonly wholeRecorder?: boolean}

function byKey(world: World): Pick<ReceiptRequest, 'keys'> {
  return {keys: [world.path('receiptPublic')]}
}

/** Promotion signs with two keys; only a roster tells their purposes. */
async function byRoster(world: World): Promise<Pick<ReceiptRequest, 'keys' | 'roster'>> {
  const signing = await world.tools('signing')
  return {keys: [], roster: signing.loadRoster(world.path('roster'), world.facts.rootFingerprint)}
}

/** `valid`, or the reason code of the failure. */
async function receiptsOf(world: World, {wholeRecorder = false, ...options}: VerifyOptions): Promise<string> {
  const receipts = await world.tools('receipts')
  const report = await receipts.verifyReceipts({
    ...options,
    session: 'proxy',
    endorsements: [],
    wholeRecorder,
    allowUnanchoredSeal: false,
    strict: false,
    requirePinned: true,
    tolerateTornTail: false,
    retainedSuffix: false,
  })
  return report.valid ? 'valid' : report.error
}

/** Number of files that contain a credential of the blocked requests. */
function leaks(world: World): number {
  const roots = [world.path('evidence'), world.path('captures'), world.path('heldBack')]
  const files = roots.flatMap((root) =>
    readdirSync(root, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  return [world.path('auditLog'), ...files].filter((file) => {
    const text = readFileSync(file, 'utf8')
    return world.facts.secrets.some((secret) => text.includes(secret))
  }).length
}

/** Changes the verdict of the first block: neither its signature nor the hash of its entry matches any longer. */
function flipOneBit(directory: string): void {
  const needle = Buffer.from('"verdict":"block"')
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith('.jsonl')) continue
    const path = join(directory, name)
    const bytes = readFileSync(path)
    const at = bytes.indexOf(needle)
    if (at === -1) continue
    const last = at + needle.length - 2
    bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last)
    writeFileSync(path, bytes)
    return
  }
  throw new PipelockError('internal_error', 'the evidence holds no block')
}
