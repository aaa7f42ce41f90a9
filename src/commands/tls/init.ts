// tls init: creates the authority whose certificates clients see inside intercepted tunnels.
import {join} from 'node:path'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {carried} from '../../cli/next-step.js'
import {commandLine} from '../../lib/shell-words.js'
import {quoted} from '../../lib/terminal.js'

export default class TlsInit extends PipelockCommand {
  static override summary = 'Create the certificate authority for TLS interception'
  static override description =
    'Writes ca.pem (mode 0644) and ca-key.pem (mode 0600). Whoever has the key can impersonate every host to every client that ' +
    'trusts the certificate; --permit-domain limits this to some domains. Existing files are kept without --force.'
  static override examples = [
    'pipelock tls init',
    'pipelock tls init --org "Example Ltd" --validity 8760h',
    'pipelock tls init --permit-domain corp.example --permit-domain api.example --out /etc/pipelock/tls',
  ]
  static override flags = {
    org: Flags.string({default: 'Pipelock', helpValue: 'NAME', description: 'organization in the certificate'}),
    validity: Flags.string({
      default: '87600h',
      helpValue: 'DURATION',
      description: 'lifetime of the certificate, at most 262800h',
    }),
    out: Flags.string({helpValue: 'DIR', description: 'folder to write to; default: the home directory'}),
    'permit-domain': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DOMAIN',
      description: 'issue only for this domain and the names below it; repeatable',
    }),
    force: Flags.boolean({description: 'replace an existing authority'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(TlsInit)
    const interception = await this.tools('interception')
    const created = await interception.create(flags.out, {
      organization: flags.org,
      validity: flags.validity,
      permittedDomains: flags['permit-domain'] ?? [],
      force: flags.force,
    })
    const {certificate, key} = created
    const isDefault = certificate === join(this.ports.home, 'ca.pem')
    const names = created.permitted_domains
    this.finish(created, () =>
      [
        `certificate: ${certificate}`,
        `key: ${key}`,
        `SHA-256: ${created.fingerprint}`,
        `valid until: ${created.not_after}`,
        ...(names.length === 0 ? [] : [`permitted names: ${names.join(', ')}`]),
        ...(created.replaced === null
          ? []
          : [`The replaced certificate stays trusted where it was installed (SHA-256 ${created.replaced}).`]),
        '',
        'Let clients trust it:',
        `  ${commandLine('tls install-ca', ...(isDefault ? carried(flags, 'home') : [['--cert', certificate] as const]))}`,
        'Then turn interception on in pipelock.yaml:',
        '  tls_interception:',
        '    enabled: true',
        ...(isDefault ? [] : [`    ca_cert: ${quoted(certificate)}`, `    ca_key: ${quoted(key)}`]),
      ].join('\n'),
    )
  }
}
