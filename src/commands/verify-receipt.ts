// verify-receipt: verifies one receipt, a file of receipts, or the chain of a session.
import {PipelockError} from '../core/errors.js'
import {Args, effortFlags, Flags, PipelockCommand} from '../cli/base.js'
import {rosterFlags, rosterOf} from '../cli/roster-flags.js'
import {carried, trusted} from '../cli/next-step.js'
import {commandLine, fileWord} from '../lib/shell-words.js'

const repeatable = {multiple: true, multipleNonGreedy: true} as const

export default class VerifyReceipt extends PipelockCommand {
  static override summary = 'Verify a receipt, or a chain of receipts'
  static override description =
    'A file whose name ends in .jsonl is verified as a chain, any other file as a single receipt. Without --key a valid\n' +
    'signature only shows that the receipt is consistent with the key it names. A chain of receipts that several keys\n' +
    'sign, such as those of promote and rollback, is verified with --roster.'
  static override examples = [
    'pipelock verify-receipt receipt.json --key signer.pub',
    'pipelock verify-receipt --chain evidence/ --key signer.pub --whole-recorder',
    'pipelock verify-receipt store/activation-receipts.jsonl --roster roster.json --roster-root-fingerprint sha256:…',
  ]
  // not marked as required: the text of the refusal is part of the interface
  static override strict = false
  static override args = {file: Args.string({description: 'a receipt, or a chain in a .jsonl file'})}
  static override flags = {
    key: Flags.string({
      ...repeatable,
      helpValue: 'KEY',
      description: 'trusted signer: 64 hex characters or a public key file; repeatable',
    }),
    ...rosterFlags,
    chain: Flags.string({helpValue: 'DIR', description: 'verify the chain of a session in an evidence directory'}),
    session: Flags.string({default: 'proxy', description: 'recorder session'}),
    'rotation-endorsement': Flags.string({
      ...repeatable,
      helpValue: 'FILE',
      description: 'endorsement of a key change; repeatable',
    }),
    'whole-recorder': Flags.boolean({description: 'verify every entry, the seal and the checkpoint after it'}),
    'allow-unanchored-seal': Flags.boolean({
      dependsOn: ['whole-recorder'],
      description: 'accept a seal that no signed checkpoint follows',
    }),
    'expect-head': Flags.string({
      helpValue: 'HASH',
      description: 'root hash known from elsewhere: the only way to see a removed tail',
    }),
    'expect-signer-id': Flags.string({
      helpValue: 'ID',
      description: 'signer_key_id that every evidence receipt must name; action receipts alone do not meet it',
    }),
    'expect-contract': Flags.string({
      helpValue: 'HASH',
      description: 'contract_hash that every evidence receipt must name',
    }),
    'expect-manifest': Flags.string({
      helpValue: 'HASH',
      description: 'active_manifest_hash that every evidence receipt must name',
    }),
    'expect-payload-kind': Flags.string({
      helpValue: 'KIND',
      description: 'payload kind that every evidence receipt must have, as proxy_decision',
    }),
    strict: Flags.boolean({description: 'treat a repeated action as an error'}),
    'require-pinned': Flags.boolean({description: 'fail without a trusted key'}),
    'tolerate-torn-tail': Flags.boolean({description: 'ignore a last line that a crash cut short'}),
    ...effortFlags,
    'retained-suffix': Flags.boolean({dependsOn: ['chain'], description: 'start from the signed retention anchor'}),
  }

  async run(): Promise<void> {
    const {flags, argv} = await this.parse(VerifyReceipt)
    const {chain} = flags
    if (chain !== undefined && argv.length > 0) {
      throw new PipelockError('usage', 'cannot pass a file argument together with --chain')
    }
    if (chain === undefined && argv.length !== 1)
      throw new PipelockError('usage', `accepts 1 arg(s), received ${argv.length}`, {
        hint: 'name a receipt FILE, or a folder with --chain DIR',
      })
    const file = chain === undefined ? String(argv[0]) : undefined
    if (flags['whole-recorder'] && file !== undefined && !file.endsWith('.jsonl')) {
      throw new PipelockError('usage', '--whole-recorder requires a chain')
    }
    const roster = await rosterOf(flags, () => this.tools('signing'))
    const receipts = await this.tools('receipts')
    const meter = this.progressMeter('verifying')
    const request = {
      progress: meter.update,
      jobs: flags.jobs,
      resume: flags.resume === undefined ? undefined : {path: flags.resume, home: this.ports.home},
      file,
      chain,
      session: flags.session,
      keys: flags.key ?? [],
      roster,
      endorsements: flags['rotation-endorsement'] ?? [],
      expect: {
        signerKeyId: flags['expect-signer-id'],
        contractHash: flags['expect-contract'],
        activeManifestHash: flags['expect-manifest'],
        payloadKind: flags['expect-payload-kind'],
      },
      wholeRecorder: flags['whole-recorder'],
      allowUnanchoredSeal: flags['allow-unanchored-seal'],
      expectHead: flags['expect-head'],
      strict: flags.strict,
      requirePinned: flags['require-pinned'],
      tolerateTornTail: flags['tolerate-torn-tail'],
      retainedSuffix: flags['retained-suffix'],
    }
    const report = await receipts.verifyReceipts(request).finally(meter.end)
    if (report.valid && !report.pinned) {
      this.progress('UNPINNED: signature is self-consistent but the signer was not checked against a trusted key')
    }
    if (!report.valid) this.progress(`error: ${report.error}`)
    this.finish(report.json, () => report.text, report.valid ? 0 : 1)
    const subject = file === undefined ? '' : ` ${fileWord(file)}`
    const place = carried(flags, 'chain', 'session')
    if (report.valid && !report.pinned) {
      this.next(commandLine(`verify-receipt${subject}`, ...place, ['--key', 'KEY']))
    } else if (report.valid && flags.key !== undefined && (chain !== undefined || file?.endsWith('.jsonl') === true)) {
      this.next(commandLine(`transcript-root${subject}`, ...place, ...carried(flags, 'key')))
    } else if (!report.valid && chain !== undefined) {
      this.next(commandLine('report', ['--evidence', chain], ...carried(flags, 'session'), ...trusted(flags)))
    }
  }
}
