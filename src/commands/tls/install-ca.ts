// tls install-ca: makes clients of this machine trust the authority.
import {TrustCommand, trustFlags} from '../../cli/trust-command.js'

export default class TlsInstallCa extends TrustCommand {
  static override summary = 'Make programs of this machine trust the authority'
  static override description =
    'Without a flag of a store nothing is changed: the stores of this machine are listed, with the variables for programs that ' +
    'have a list of their own. With such flags the files and programs are listed and confirmed first.'
  static override examples = [
    'pipelock tls install-ca',
    'pipelock tls install-ca --system --dry-run',
    'pipelock tls install-ca --firefox --java --yes',
    'sudo pipelock tls install-ca --system --cert /home/anna/.pipelock/ca.pem',
  ]
  static override flags = trustFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(TlsInstallCa)
    await this.change('install', flags)
  }
}
