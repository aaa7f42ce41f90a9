// Receipts for supply-chain tools: DSSE envelopes and in-toto Statements.
import {Args, Flags, PipelockCommand} from '../../cli/base.js'
import {commandLine, fileWord} from '../../lib/shell-words.js'
import {counted} from '../../lib/page/numbers.js'

export default class EvidenceExport extends PipelockCommand {
  static override summary = 'Export receipts as signed DSSE envelopes or in-toto Statements'
  static override description =
    'in-toto: an envelope over a Statement (v1) whose subject is the receipt hash and whose predicate is the receipt.\n' +
    'dsse: an envelope over the receipt itself. The receipt keeps its own signature inside, and must verify first. A chain\n' +
    'becomes one envelope on each line. An export holds the whole receipt, targets included.'
  static override examples = [
    'pipelock evidence export receipt.json --format in-toto --key-file receipt.key',
    'pipelock evidence export --chain evidence/ --format in-toto --key-file receipt.key --out proxy.intoto.jsonl',
  ]
  static override args = {receipt: Args.string({description: 'a file with one receipt'})}
  static override flags = {
    chain: Flags.string({helpValue: 'DIR', description: 'export the receipts of a session in this evidence directory'}),
    session: Flags.string({default: 'proxy', description: 'session in that directory'}),
    format: Flags.option({
      options: ['dsse', 'in-toto'] as const,
      required: true,
      description: 'what is put in the envelope',
    })(),
    'key-file': Flags.string({required: true, helpValue: 'FILE', description: 'private key that signs the envelope'}),
    key: Flags.string({
      aliases: ['signer'],
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY',
      description: 'trusted signer of the receipts; repeatable; default: the public half of --key-file',
    }),
    out: Flags.string({helpValue: 'FILE', description: 'write here instead of standard output; needed for a chain'}),
  }

  async run(): Promise<void> {
    const {flags, args} = await this.parse(EvidenceExport)
    const tools = await this.tools('receipts')
    const result = await tools.exportReceipts({
      receipt: args.receipt,
      chain: flags.chain,
      session: flags.session,
      format: flags.format,
      keyFile: flags['key-file'],
      signers: flags.key ?? [],
      out: flags.out,
    })
    const {envelope, warnings, ...summary} = result
    for (const warning of warnings) this.warn(warning)
    this.audit({event: 'evidence_export', ...summary, noop: false})
    if (envelope !== null) this.write(envelope)
    else this.finish(summary, () => `Exported ${counted(summary.receipts, 'receipt')} to ${summary.out}`)
    this.next(commandLine(`evidence verify-export ${fileWord(flags.out ?? 'FILE')}`, ['--key', 'KEY']))
  }
}
