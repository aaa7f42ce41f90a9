// Verifies a root transition.
import {Flags, PipelockCommand} from '../../../cli/base.js'

export default class SigningTransitionVerify extends PipelockCommand {
  static override summary = 'Verify the transition from one root key to another'
  static override examples = [
    'pipelock signing transition verify --path transition.json --old-pubkey-file old.pub --new-pubkey-file new.pub',
  ]
  static override flags = {
    path: Flags.string({required: true, helpValue: 'FILE', description: 'root transition'}),
    'old-pubkey': Flags.string({helpValue: 'KEY', description: 'public key of the old root'}),
    'old-pubkey-file': Flags.string({helpValue: 'FILE', description: 'file with that key'}),
    'new-pubkey': Flags.string({helpValue: 'KEY', description: 'public key of the new root'}),
    'new-pubkey-file': Flags.string({helpValue: 'FILE', description: 'file with that key'}),
    pinned: Flags.string({helpValue: 'SHA256', description: 'fingerprint in force, which the old one must be'}),
    'allow-early': Flags.boolean({description: 'accept a transition before it takes effect'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningTransitionVerify)
    const signing = await this.tools('signing')
    const old = signing.ceremonyKey('old-pubkey', flags['old-pubkey'], flags['old-pubkey-file'])
    const next = signing.ceremonyKey('new-pubkey', flags['new-pubkey'], flags['new-pubkey-file'])
    if (!this.jsonEnabled())
      this.write(`old key fingerprint: ${old.fingerprint}\nnew key fingerprint: ${next.fingerprint}`)
    signing.verifyTransition(flags.path, old, next, flags.pinned, flags['allow-early'])
    this.finish(
      {valid: true, old_fingerprint: old.fingerprint, new_fingerprint: next.fingerprint},
      () => 'root transition verified',
    )
  }
}
