// Makes a JSON key file with a purpose.
import {Flags, PipelockCommand} from '../../../cli/base.js'
import {rosterWith} from '../../../cli/next-step.js'
import {commandLine} from '../../../lib/shell-words.js'

export default class SigningKeyGenerate extends PipelockCommand {
  static override summary = 'Make a key file for one purpose'
  static override examples = ['pipelock signing key generate --purpose roster-root --out /secure/root.json']
  static override flags = {
    purpose: Flags.string({
      required: true,
      helpValue: 'PURPOSE',
      description: 'what the key may sign, for instance contract-activation-signing, receipt-signing or roster-root',
    }),
    out: Flags.string({required: true, helpValue: 'FILE', description: 'absolute path of the key file'}),
    id: Flags.string({helpValue: 'ID', description: 'key id; default: the purpose and a part of the fingerprint'}),
    force: Flags.boolean({description: 'replace an existing file'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningKeyGenerate)
    const signing = await this.tools('signing')
    const key = signing.generateKeyFile(flags.purpose, flags.out, flags.id, flags.force)
    this.finish(key, () =>
      [
        `Generated ${key.purpose} keypair`,
        `key_id: ${key.key_id}`,
        `fingerprint: ${key.fingerprint}`,
        `out: ${key.out}`,
      ].join('\n'),
    )
    this.next(
      key.purpose === 'roster-root'
        ? commandLine(
            'signing roster build',
            ['--root', key.out],
            ['--out', '/PATH/roster.json'],
            ['--include', 'FIELDS'],
          )
        : rosterWith(key.key_id, key.out, key.purpose),
    )
  }
}
