// Builds and signs a key roster.
import {Flags, PipelockCommand} from '../../../cli/base.js'
import {commandLine} from '../../../lib/shell-words.js'

export default class SigningRosterBuild extends PipelockCommand {
  static override summary = 'Build and sign a key roster'
  static override examples = [
    'pipelock signing roster build --root /secure/root.json --out /srv/roster.json ' +
      '--include id=activation-1,key=/secure/activation.json,purpose=contract-activation-signing,role=alice',
  ]
  static override flags = {
    root: Flags.string({required: true, helpValue: 'FILE', description: 'key file of purpose roster-root'}),
    include: Flags.string({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FIELDS',
      description: 'id=…,key=…,purpose=…[,status=active|revoked][,role=…]; repeatable; a comma in a value as \\,',
    }),
    out: Flags.string({required: true, helpValue: 'FILE', description: 'absolute path of the roster'}),
    'data-class': Flags.string({default: 'internal', helpValue: 'CLASS', description: 'data class of the roster'}),
    'schema-version': Flags.integer({default: 1, description: 'format of the roster'}),
    'valid-until': Flags.string({helpValue: 'TIME', description: 'end of validity of the included keys (RFC 3339)'}),
    force: Flags.boolean({description: 'replace an existing roster'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SigningRosterBuild)
    const signing = await this.tools('signing')
    const roster = signing.buildRoster({
      root: flags.root,
      includes: flags.include,
      out: flags.out,
      dataClass: flags['data-class'],
      schemaVersion: flags['schema-version'],
      validUntil: flags['valid-until'] ?? null,
      force: flags.force,
    })
    for (const warning of roster.warnings) this.warn(warning)
    this.finish(roster, () =>
      [
        `roster built: ${roster.keys} keys`,
        `root_signed_by: ${roster.root_signed_by}`,
        `root_fingerprint: ${roster.root_fingerprint}`,
        `data_class_root: ${roster.data_class_root}`,
        `out: ${roster.out}`,
      ].join('\n'),
    )
    this.next(
      commandLine(
        'signing roster verify',
        ['--path', roster.out],
        ['--roster-root-fingerprint', roster.root_fingerprint],
      ),
    )
  }
}
