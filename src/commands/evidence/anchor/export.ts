// Anchors the receipts of a session in a transparency log of its own.
import {Flags, PipelockCommand} from '../../../cli/base.js'
import {commandLine} from '../../../lib/shell-words.js'
import {counted} from '../../../lib/page/numbers.js'

export default class EvidenceAnchorExport extends PipelockCommand {
  static override summary = 'Write a checkpoint and tiles that commit to the receipts of a session'
  static override description =
    'Verifies the session, then writes its receipt hashes as the leaves of a Merkle tree (RFC 6962): a signed checkpoint and\n' +
    'tiles, which a witness or any transparency log tool reads (C2SP signed-note, tlog-checkpoint, tlog-tiles). Run again, it\n' +
    'extends the tree and proves that it does; it never signs what contradicts its last checkpoint. Keep checkpoints on\n' +
    'another machine: they show later that no receipt was removed or changed.'
  static override examples = [
    'pipelock evidence anchor export --evidence evidence/ --key-file receipt.key --origin evidence.example.com/proxy --out anchor/',
  ]
  static override flags = {
    evidence: Flags.string({required: true, helpValue: 'DIR', description: 'the evidence directory'}),
    session: Flags.string({default: 'proxy', description: 'session to anchor'}),
    'key-file': Flags.string({required: true, helpValue: 'FILE', description: 'private key that signs the checkpoint'}),
    key: Flags.string({
      aliases: ['signer'],
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY',
      description: 'trusted signer of the receipts; repeatable; default: the public half of --key-file',
    }),
    origin: Flags.string({
      required: true,
      helpValue: 'NAME',
      description: 'name of the log, such as evidence.example.com/proxy; stays the same for its whole life',
    }),
    out: Flags.string({required: true, helpValue: 'DIR', description: 'folder of the log; may be served as it is'}),
    'retained-suffix': Flags.boolean({description: 'start from the signed retention anchor'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(EvidenceAnchorExport)
    const receipts = await this.tools('receipts')
    const result = await receipts.exportAnchor({
      evidence: flags.evidence,
      session: flags.session,
      keyFile: flags['key-file'],
      signers: flags.key ?? [],
      origin: flags.origin,
      out: flags.out,
      retainedSuffix: flags['retained-suffix'],
    })
    for (const warning of result.warnings) this.warn(warning)
    const {origin, session, tree_size: size, noop} = result
    this.audit({event: 'evidence_anchor_export', origin, session, tree_size: size, noop})
    this.finish(result, () =>
      [
        `${noop ? 'Unchanged' : 'Anchored'}: ${counted(size, 'receipt')} of session ${session}`,
        `  Checkpoint:   ${result.checkpoint}`,
        `  Root hash:    ${result.root_hash}`,
        `  Verifier key: ${result.verifier_key}`,
        ...(result.previous && !noop
          ? [`  Extends:      ${counted(result.previous.tree_size, 'receipt')}, proven`]
          : []),
      ].join('\n'),
    )
    this.next(commandLine('evidence anchor verify', ['--anchor', flags.out], ['--key', result.verifier_key]))
  }
}
