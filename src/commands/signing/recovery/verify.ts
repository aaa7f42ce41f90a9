// Verifies a recovery authorization offline.
import {Flags, PipelockCommand} from '../../../cli/base.js'

export default class SigningRecoveryVerify extends PipelockCommand {
  static override summary = 'Verify a recovery authorization'
  static override examples = [
    'pipelock signing recovery verify --path recovery.json --pinned-fingerprint sha256:… --recovery-pubkey-file root.pub',
  ]
  static override flags = {
    path: Flags.string({required: true, helpValue: 'FILE', description: 'recovery authorization'}),
    'pinned-fingerprint': Flags.string({
      required: true,
      helpValue: 'SHA256',
      description: 'fingerprint of the recovery root',
    }),
    'recovery-pubkey': Flags.string({helpValue: 'KEY', description: 'public key of the recovery root'}),
    'recovery-pubkey-file': Flags.string({helpValue: 'FILE', description: 'file with that key'}),
    'expected-target-roster-hash': Flags.string({helpValue: 'SHA256', description: 'hash of the roster to be trusted'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningRecoveryVerify)
    const signing = await this.tools('signing')
    const key = signing.ceremonyKey('recovery-pubkey', flags['recovery-pubkey'], flags['recovery-pubkey-file'])
    const target = flags['expected-target-roster-hash']
    // before the verdict: the people at a ceremony compare it with what they have on paper
    if (!this.jsonEnabled()) this.write(`recovery key fingerprint: ${key.fingerprint}`)
    signing.verifyRecovery(flags.path, key, flags['pinned-fingerprint'], target)
    const note = 'note: the target roster hash was not checked (no --expected-target-roster-hash)'
    this.finish({valid: true, fingerprint: key.fingerprint, target_checked: target !== undefined}, () =>
      ['recovery authorization verified', ...(target === undefined ? [note] : [])].join('\n'),
    )
  }
}
