// verify: verifies the detached signature of a file.
import {Args, Flags, PipelockCommand} from '../cli/base.js'

export default class Verify extends PipelockCommand {
  static override summary = 'Verify the signature of a file'
  static override examples = ['pipelock verify release.tar.gz --agent release']
  static override args = {file: Args.string({required: true, description: 'signed file'})}
  static override flags = {
    agent: Flags.string({
      helpValue: 'NAME',
      description: 'agent whose key is used: its own first, else a trusted one [env PIPELOCK_AGENT]',
    }),
    sig: Flags.string({helpValue: 'FILE', description: 'signature file; default: <file>.sig'}),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Verify)
    const signing = await this.tools('signing')
    const result = signing.verifyFile(flags.keystore, flags.agent, args.file, flags.sig)
    const {file, agent, fingerprint} = result
    this.finish(
      result,
      () =>
        result.valid
          ? `OK: ${file} is signed by ${agent} (${fingerprint})`
          : `FAILED: ${result.reason}: ${file} carries no valid signature of ${agent} (${fingerprint})`,
      result.valid ? 0 : 1,
    )
  }
}
