// Verifies an anchored log, and evidence against it.
import type {AnchorReport} from '../../../plugins/receipts/anchor/report.js'
import {Flags, PipelockCommand} from '../../../cli/base.js'
import {carried} from '../../../cli/next-step.js'
import {commandLine} from '../../../lib/shell-words.js'
import {counted} from '../../../lib/page/numbers.js'

const repeatable = {multiple: true, multipleNonGreedy: true} as const

export default class EvidenceAnchorVerify extends PipelockCommand {
  static override summary = 'Verify an anchored log, and evidence against it'
  static override description =
    'Checks the signatures of the checkpoint and that entries and tiles lead to its root. With --receipt also that a receipt\n' +
    'is in it, with --previous that it extends an earlier checkpoint, with --evidence that a folder holds every receipt that\n' +
    'was anchored. A checkpoint taken from the machine under audit proves nothing about what was removed before it was\n' +
    'signed: give one that was kept elsewhere, or that a witness has cosigned.'
  static override examples = [
    'pipelock evidence anchor verify --anchor anchor/ --key receipt.pub --evidence evidence/ --receipt-key receipt.pub',
    'pipelock evidence anchor verify --anchor anchor/ --key receipt.pub --previous kept/checkpoint --receipt receipt.json',
  ]
  static override flags = {
    anchor: Flags.string({required: true, helpValue: 'DIR', description: 'the folder that anchor export wrote'}),
    key: Flags.string({
      ...repeatable,
      required: true,
      helpValue: 'KEY',
      description:
        'key of the log: a verifier key (name+id+base64), 64 hex characters or a public key file; repeatable',
    }),
    origin: Flags.string({helpValue: 'NAME', description: 'name that the log must have'}),
    witness: Flags.string({...repeatable, helpValue: 'KEY', description: 'verifier key of a witness; repeatable'}),
    quorum: Flags.integer({min: 1, helpValue: 'N', description: 'witnesses that must have signed; default: all'}),
    receipt: Flags.string({helpValue: 'FILE|HASH', description: 'a receipt, or its hash, that must be in the log'}),
    previous: Flags.string({helpValue: 'FILE', description: 'an earlier checkpoint that the log must extend'}),
    evidence: Flags.string({helpValue: 'DIR', description: 'evidence directory that must hold what was anchored'}),
    session: Flags.string({default: 'proxy', description: 'session in that directory'}),
    'receipt-key': Flags.string({
      ...repeatable,
      aliases: ['signer'],
      helpValue: 'KEY',
      description: 'trusted signer of its receipts; repeatable',
    }),
    'retained-suffix': Flags.boolean({description: 'the head of the evidence may be deleted under a retention anchor'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(EvidenceAnchorVerify)
    const receipts = await this.tools('receipts')
    const report = await receipts.verifyAnchor({
      anchor: flags.anchor,
      keys: flags.key ?? [],
      origin: flags.origin,
      witnesses: flags.witness ?? [],
      quorum: flags.quorum,
      receipt: flags.receipt,
      previous: flags.previous,
      evidence: flags.evidence,
      session: flags.session,
      signers: flags['receipt-key'] ?? [],
      retainedSuffix: flags['retained-suffix'],
    })
    for (const warning of report.warnings) this.warn(warning)
    const {ok, reason} = report
    this.audit({event: 'evidence_anchor_verify', anchor: flags.anchor, ok, ...(reason && {reason})})
    this.finish(report, () => textOf(report), ok ? 0 : 1)
    // a later log is held to this one only by a copy that its owner cannot change
    if (ok && flags.previous === undefined) {
      const previous = ['--previous', 'KEPT-ELSEWHERE/checkpoint'] as const
      this.next(commandLine('evidence anchor verify', ...carried(flags, 'anchor', 'key'), previous))
    }
  }
}

function textOf(report: AnchorReport): string {
  const {ok, origin, tree_size: size, cosignatures = [], receipt, previous, evidence} = report
  return [
    ok ? `ANCHOR VALID: ${origin}` : 'ANCHOR INVALID',
    ...(size === undefined ? [] : [`  Receipts:  ${size}`, `  Root hash: ${report.root_hash}`]),
    ...cosignatures.map(({name}) => `  Witness:   ${name}`),
    ...(receipt ? [`  Receipt:   number ${receipt.index}, included`] : []),
    ...(previous ? [`  Extends:   ${counted(previous.tree_size, 'receipt')}`] : []),
    ...(evidence && ok
      ? [
          `  Evidence:  session ${evidence.session}, ${counted(evidence.receipts, 'receipt')}, ${evidence.not_anchored} not anchored yet`,
        ]
      : []),
    ...(ok ? [] : [`  Error:     ${report.reason}: ${report.error}`]),
  ].join('\n')
}
