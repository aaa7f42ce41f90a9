// The old receipt key says that a new one continues its chain.
import {Flags, PipelockCommand} from '../../../cli/base.js'
import {carried} from '../../../cli/next-step.js'
import {commandLine} from '../../../lib/shell-words.js'

const repeatable = {multiple: true, multipleNonGreedy: true} as const

export default class SigningReceiptRotationEndorse extends PipelockCommand {
  static override summary = 'Endorse the change of the receipt key of a chain, with the old key'
  static override description =
    'Run it after the firewall was stopped and before it starts with the new key. The chain is verified whole under the\n' +
    'root keys; it must end with a session close. The recorder of this firewall writes no session records: its logs are\n' +
    'rotated without an endorsement, by giving verifiers both keys. Whoever verifies gives the file to verify-receipt with\n' +
    '--rotation-endorsement, and needs only the root key.'
  static override examples = [
    'pipelock signing receipt-rotation endorse --chain evidence/ --prior-key-file old.key --new-key-file new.pub --root-key old.pub --out "$PWD/rotation-1.json"',
  ]
  static override flags = {
    chain: Flags.string({required: true, helpValue: 'DIR', description: 'evidence directory'}),
    session: Flags.string({default: 'proxy', description: 'recorder session'}),
    'prior-key-file': Flags.string({
      required: true,
      helpValue: 'FILE',
      description: 'private key that signed until now',
    }),
    'new-key-file': Flags.string({
      required: true,
      helpValue: 'FILE',
      description: 'key that signs from now on; its public half is enough',
    }),
    'root-key': Flags.string({
      ...repeatable,
      required: true,
      helpValue: 'KEY',
      description: 'trusted signer of the first segment: 64 hex characters or a public key file; repeatable',
    }),
    'rotation-endorsement': Flags.string({
      ...repeatable,
      helpValue: 'FILE',
      description: 'endorsement of an earlier change of key in this chain; repeatable',
    }),
    out: Flags.string({
      required: true,
      helpValue: 'FILE',
      description: 'absolute path of the endorsement; never replaced',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningReceiptRotationEndorse)
    const receipts = await this.tools('receipts')
    const done = await receipts.endorseRotation({
      chain: flags.chain,
      session: flags.session,
      priorKeyFile: flags['prior-key-file'],
      newKeyFile: flags['new-key-file'],
      rootKeys: flags['root-key'],
      endorsements: flags['rotation-endorsement'] ?? [],
      out: flags.out,
      nowMs: this.ports.clock.now(),
    })
    const {prior_final_seq: seq} = done
    const result = {...done, prior_final_seq: typeof seq === 'bigint' ? seq.toString() : seq}
    this.finish(result, () =>
      [
        `Endorsement written to ${done.out}`,
        `  Session: ${done.session_id}`,
        `  From:    ${done.prior_signer_key} (final seq ${seq}, ${done.prior_tail_hash})`,
        `  To:      ${done.new_signer_key}`,
      ].join('\n'),
    )
    this.next(
      commandLine(
        'verify-receipt',
        ...carried(flags, 'chain', 'session'),
        ...flags['root-key'].map((key) => ['--key', key] as const),
        ...carried(flags, 'rotation-endorsement'),
        ['--rotation-endorsement', done.out],
      ),
    )
  }
}
