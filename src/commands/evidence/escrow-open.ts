// Opens what was sealed to an escrow key.
import {Args, Flags, PipelockCommand} from '../../cli/base.js'

export default class EvidenceEscrowOpen extends PipelockCommand {
  static override summary = 'Open an encrypted sidecar'
  static override description =
    'Writes the plaintext to standard output: a payload sidecar of captures (NNNNNN.payload.enc) or an escrow file of the recorder (….raw.enc).'
  static override examples = ['pipelock evidence escrow-open --key-file escrow.key captures/session/000001.payload.enc']
  static override args = {
    sidecar: Args.string({required: true, description: 'the encrypted file; its name says which kind it is'}),
  }
  static override flags = {
    'key-file': Flags.string({
      aliases: ['key'],
      required: true,
      helpValue: 'FILE',
      description: 'file with the X25519 private key in hex, mode 0600',
    }),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(EvidenceEscrowOpen)
    const recorder = await this.tools('recorder')
    const {bytes, text} = await recorder.openEscrow(flags['key-file'], args.sidecar)
    this.audit({event: 'evidence_escrow_open', input: args.sidecar, bytes, noop: false})
    this.finish({bytes, plaintext: text}, () => text)
  }
}
