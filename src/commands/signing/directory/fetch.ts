// Asks a host which keys it signs with.
import {Args, Flags, PipelockCommand} from '../../../cli/base.js'
import {commandLine, shellWord} from '../../../lib/shell-words.js'

const NO_ANCHOR =
  'a directory that comes from the host under audit is not a trust anchor by itself: compare the fingerprint with one ' +
  'known from elsewhere, or give it with --fingerprint'

export default class SigningDirectoryFetch extends PipelockCommand {
  static override summary = 'Fetch the key directory of a firewall, and one of its keys'
  static override description =
    'Lists the keys that the host publishes. A key is "proven" when its private half signed the response. With --out, the\n' +
    'one key of the wanted use that signs now, or the one named by --key-id or --fingerprint, is written as a file for --key.'
  static override examples = [
    'pipelock signing directory fetch proxy.example',
    'pipelock signing directory fetch 127.0.0.1:8888 --scheme http --fingerprint sha256:… --out "$PWD/signer.pub"',
  ]
  static override args = {
    host: Args.string({required: true, description: 'name or address, with :PORT where needed'}),
  }
  static override flags = {
    scheme: Flags.option({
      options: ['https', 'http'] as const,
      default: 'https',
      description: 'how the host is asked',
    })(),
    'key-id': Flags.string({helpValue: 'ID', description: 'the key with this id'}),
    fingerprint: Flags.string({helpValue: 'FP', description: 'the key with this fingerprint, known from elsewhere'}),
    use: Flags.string({default: 'pipelock-receipt', description: 'what the key is for, where neither is given'}),
    out: Flags.string({helpValue: 'FILE', description: 'absolute path of the public key file to write'}),
    force: Flags.boolean({description: 'replace an existing file'}),
    timeout: Flags.integer({
      min: 1,
      max: 60,
      default: 10,
      helpValue: 'SECONDS',
      description: 'time limit of the whole response',
    }),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SigningDirectoryFetch)
    const signing = await this.tools('signing')
    const {url, keys, chosen, pinned, out} = await signing.fetchDirectory({
      host: args.host,
      scheme: flags.scheme,
      keyId: flags['key-id'],
      fingerprint: flags.fingerprint,
      use: flags.use,
      out: flags.out,
      force: flags.force,
      timeoutSeconds: flags.timeout,
    })
    if (!pinned) this.progress(`UNPINNED: ${NO_ANCHOR}`)
    const result = {url, keys, chosen: chosen ?? null, pinned, out: out ?? null}
    this.finish(result, () =>
      [
        `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} at ${url}`,
        ...keys.map((key) =>
          signing.printable(
            `${key.key_id === chosen ? '*' : ' '} ${key.key_id}  ${key.use}  ${key.fingerprint}  ` +
              `${key.proven ? 'proven' : 'not proven'}${key.not_after === null ? '' : `  until ${key.not_after}`}`,
          ),
        ),
        ...(out === undefined ? [] : [`Public key written to ${out}`]),
      ].join('\n'),
    )
    this.next(
      out === undefined
        ? commandLine(
            `signing directory fetch ${shellWord(args.host)}`,
            ['--scheme', flags.scheme],
            ['--fingerprint', 'FINGERPRINT'],
            ['--out', '/PATH/receipt.pub'],
          )
        : commandLine('integrity verify EVIDENCE', ['--key', out]),
    )
  }
}
