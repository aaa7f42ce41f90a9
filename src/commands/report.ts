// report: verifies a folder of evidence and reports its content, for people as a page, for programs as JSON.
import {PipelockError} from '../core/errors.js'
import {Flags, PipelockCommand} from '../cli/base.js'
import {rosterFlags, rosterOf, trustedKeys} from '../cli/roster-flags.js'
import {carried, trusted} from '../cli/next-step.js'
import {commandLine, fileWord} from '../lib/shell-words.js'

export default class Report extends PipelockCommand {
  static override summary = 'Verify a folder of evidence and report what happened, as a page that verifies itself'
  static override description =
    'The page is one file that loads nothing: decisions over time, blocks by reason, agents, hosts, contracts in force,\n' +
    'gaps, key changes, the verdict on every chain, and what none of it proves. It holds some of the receipts and verifies\n' +
    'them again in the browser of its reader, or whole files that the reader chooses. Everything is verified; --since,\n' +
    '--until and --agent say what is counted. Exit status 1: a verification failed; the page is written nevertheless.'
  static override examples = [
    'pipelock report --evidence evidence/ --key signer.pub --html report.html',
    'pipelock report --evidence evidence/ --key old.pub --key new.pub --since 24h --json',
    'pipelock report --evidence archive/ --recursive --key signer.pub --agent coder --html coder.html',
  ]
  static override flags = {
    evidence: Flags.string({required: true, helpValue: 'DIR', description: 'an evidence directory or file'}),
    html: Flags.string({helpValue: 'FILE', description: 'write the page here'}),
    key: trustedKeys,
    ...rosterFlags,
    session: Flags.string({description: 'this session only'}),
    agent: Flags.string({helpValue: 'NAME', description: 'count the decisions of this agent only'}),
    since: Flags.string({helpValue: 'WHEN', description: 'count from this time on; 24h means that long ago'}),
    until: Flags.string({helpValue: 'WHEN', description: 'count until this time'}),
    recursive: Flags.boolean({description: 'include subdirectories'}),
    'expect-head': Flags.string({
      helpValue: 'HASH',
      description: 'root hash known from elsewhere; needs a single session',
    }),
    strict: Flags.boolean({description: 'treat a repeated action as an error'}),
    'retained-suffix': Flags.boolean({description: 'start from the signed retention anchor'}),
    embed: Flags.integer({
      default: 1000,
      min: 0,
      max: 20_000,
      helpValue: 'N',
      description: 'maximum number of evidence lines in the page; failures are always included',
    }),
    jobs: Flags.integer({
      min: 1,
      max: 64,
      helpValue: 'N',
      description: 'threads that check signatures; default: number of cores, at most 8',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Report)
    if (flags.agent === '') throw new PipelockError('usage', '--agent is empty')
    const receipts = await this.tools('receipts')
    const roster = await rosterOf(flags, () => this.tools('signing'))
    const meter = this.progressMeter('verifying')
    const request = {
      path: flags.evidence,
      keys: flags.key ?? [],
      roster: roster && {...roster, path: flags.roster ?? ''},
      session: flags.session,
      recursive: flags.recursive,
      expectHead: flags['expect-head'],
      strict: flags.strict,
      retainedSuffix: flags['retained-suffix'],
      jobs: flags.jobs,
      progress: meter.update,
      since: flags.since,
      until: flags.until,
      agent: flags.agent,
      html: flags.html,
      embed: flags.embed,
      nowMs: this.ports.clock.now(),
    }
    const report = await receipts.report(request).finally(meter.end)
    await this.finishMarkdown(report.json, report.markdown, report.ok ? 0 : 1, report.text)
    const given = [...carried(flags, 'session'), ...trusted(flags)]
    if (flags.html === undefined) {
      this.next(commandLine('report', ['--evidence', flags.evidence], ...given, ['--html', 'report.html']))
    } else if (report.ok && flags.key !== undefined) {
      // a removed tail shows only against a root that was kept elsewhere
      const isFile = flags.evidence.endsWith('.jsonl')
      const subject = isFile ? `transcript-root ${fileWord(flags.evidence)}` : 'transcript-root'
      const chain = ['--chain', isFile ? undefined : flags.evidence] as const
      this.next(commandLine(subject, chain, ...carried(flags, 'session', 'key')))
    }
  }
}
