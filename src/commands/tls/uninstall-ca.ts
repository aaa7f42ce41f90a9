// tls uninstall-ca: undoes what install-ca did for one certificate.
import {TrustCommand, trustFlags} from '../../cli/trust-command.js'

export default class TlsUninstallCa extends TrustCommand {
  static override summary = 'Remove the authority from the stores that install-ca changed'
  static override description =
    'Only the certificate of --cert is removed: another one under the same name or path is left in place, reported, and makes ' +
    'the exit status 1. Without a flag of a store nothing is changed.'
  static override examples = [
    'pipelock tls uninstall-ca',
    'pipelock tls uninstall-ca --system --dry-run',
    'pipelock tls uninstall-ca --firefox --java --node-env --yes',
    'sudo pipelock tls uninstall-ca --system --cert /usr/local/share/ca-certificates/pipelock-ca.crt --yes',
  ]
  static override flags = trustFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(TlsUninstallCa)
    await this.change('uninstall', flags)
  }
}
