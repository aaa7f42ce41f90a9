// tls show-ca: prints the certificate of the authority.
import {PipelockCommand} from '../../cli/base.js'
import {certificateFlag} from '../../cli/trust-command.js'
import {printable} from '../../lib/terminal.js'

export default class TlsShowCa extends PipelockCommand {
  static override summary = 'Print the certificate of the authority for TLS interception'
  static override description =
    'The certificate goes to standard output as PEM; fingerprint, subject, validity and permitted names go to standard error.'
  static override examples = [
    'pipelock tls show-ca',
    'pipelock tls show-ca > pipelock-ca.crt',
    'pipelock tls show-ca --cert /etc/pipelock/tls/ca.pem --json',
  ]
  static override flags = certificateFlag

  async run(): Promise<void> {
    const {flags} = await this.parse(TlsShowCa)
    const shown = await (await this.tools('interception')).show(flags.cert)
    if (!this.jsonEnabled()) {
      const names = shown.permitted_domains
      const lines = [
        `certificate: ${shown.certificate}`,
        `SHA-256: ${shown.fingerprint}`,
        `subject: ${shown.subject}`,
        `valid: ${shown.not_before} to ${shown.not_after}`,
        `permitted names: ${names.length === 0 ? 'every name' : names.join(', ')}`,
      ]
      this.progress(lines.map(printable).join('\n'))
    }
    this.finish(shown, () => shown.pem)
  }
}
