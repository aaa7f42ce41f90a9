// Verifies what evidence export wrote: the envelopes, and the receipts in them.
import {Args, Flags, PipelockCommand} from '../../cli/base.js'
import {counted} from '../../lib/page/numbers.js'

const repeatable = {multiple: true, multipleNonGreedy: true, helpValue: 'KEY'} as const

export default class EvidenceVerifyExport extends PipelockCommand {
  static override summary = 'Verify exported envelopes and the receipts in them'
  static override description =
    'A file whose name ends in .jsonl holds one envelope on each line; every one has to verify. That no line is missing is\n' +
    'not shown: the chain shows it (verify-receipt --chain, evidence anchor verify).'
  static override examples = ['pipelock evidence verify-export proxy.intoto.jsonl --key receipt.pub']
  static override args = {file: Args.string({required: true, description: 'an envelope, or a .jsonl file of them'})}
  static override flags = {
    key: Flags.string({...repeatable, required: true, description: 'trusted signer of the envelopes; repeatable'}),
    'receipt-key': Flags.string({
      ...repeatable,
      aliases: ['signer'],
      description: 'trusted signer of the receipts; default: --key; repeatable',
    }),
  }

  async run(): Promise<void> {
    const {flags, args} = await this.parse(EvidenceVerifyExport)
    const tools = await this.tools('receipts')
    const report = await tools.verifyExport({
      path: args.file,
      keys: flags.key ?? [],
      signers: flags['receipt-key'] ?? [],
    })
    const {ok, reason, error, line, verified} = report
    this.audit({event: 'evidence_verify_export', file: args.file, ok, verified})
    this.finish(
      report,
      () =>
        ok
          ? `EXPORT VALID: ${counted(verified, 'receipt')}`
          : `EXPORT INVALID: ${line === undefined ? '' : `line ${line}: `}${reason}: ${error}`,
      ok ? 0 : 1,
    )
  }
}
