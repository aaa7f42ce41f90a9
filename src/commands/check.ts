// pipelock check: validates a configuration, and judges a URL or a text with it. Nothing is sent.
import type {Decision} from '../core/decision.js'
import type {LoadedConfig} from '../host/config/load.js'
import type {Question} from '../cli/explain/content.js'
import type {Protection} from '../host/posture.js'
import type {Settings} from '../core/services/settings.js'
import {printable} from '../lib/terminal.js'
import {Flags, PipelockCommand} from '../cli/base.js'
import {carried} from '../cli/next-step.js'
import {commandLine} from '../lib/shell-words.js'

export default class Check extends PipelockCommand {
  static override summary = 'Validate a configuration, and judge a URL or a text without sending it'
  static override examples = [
    '<%= config.bin %> check -c pipelock.yaml',
    '<%= config.bin %> check --url https://api.example.com/v1/models --json',
    '<%= config.bin %> check --file request.json',
  ]
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration file; default: the one that run would use',
    }),
    url: Flags.string({helpValue: 'URL', description: 'judge this URL as if it were requested'}),
    resolve: Flags.boolean({dependsOn: ['url'], description: 'also look its name up and judge the addresses'}),
    text: Flags.string({
      helpValue: 'TEXT',
      exclusive: ['file'],
      description:
        'look for credentials and injections in a text, as request and as response body; exit status 1 on a finding',
    }),
    file: Flags.string({helpValue: 'FILE', description: 'the same with the bytes of a file'}),
    'media-type': Flags.string({
      helpValue: 'TYPE',
      description: 'its media type; without it that of the ending of the file, else text/plain',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Check)
    const [{chooseSource}, {readConfig}, {configError}, {judgeUrl}, {questionOf}] = await Promise.all([
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
      import('../host/config/problem.js'),
      import('../cli/explain/judge.js'),
      import('../cli/explain/content.js'),
    ])
    const {source, path, origin} = chooseSource(flags.config, this.ports)
    const read = await readConfig(source, {home: this.ports.home})
    if (!read.ok) {
      if (!this.jsonEnabled()) throw configError(read.file, read.problems)
      this.finish({valid: false, file: read.file, problems: read.problems}, () => '', 2)
      return
    }
    const question = await questionOf({...flags, mediaType: flags['media-type']}, read.config)
    const url = flags.url
    const judgement = await judgeUrl(read, this.ports, url, flags.resolve)
    const decision = judgement.judged?.decision
    const content = question?.subject.content && (await this.#content(read, question, flags.resolve))
    const {protections} = await import('../host/posture.js')
    const [proxy, {allowlist}] = await Promise.all([this.published('proxy', read), this.published('destination', read)])
    const summary = summarise(read.config.mode, proxy, allowlist, judgement.dlpPatterns)
    const parts = await protections(read.config, read.plugins)
    const warnings = [...read.warnings, ...judgement.warnings]
    this.finish(
      {
        valid: true,
        file: path ?? null,
        ...summary,
        protections: parts,
        warnings,
        ...verdict(url, decision),
        ...content?.document,
      },
      () => [human(origin, summary, parts, warnings, url, decision), ...(content?.lines ?? [])].join('\n'),
      decision?.action === 'block' || content?.found === true ? 1 : 0,
    )
    // a URL or a text may hold a secret, which no output repeats
    const asked = [
      url !== undefined && '--url URL',
      content && (flags.file === undefined ? '--text TEXT' : '--file FILE'),
    ]
    const words = asked.filter(Boolean)
    const config = carried(flags, 'config')
    this.next(words.length === 0 ? commandLine('run', ...config) : commandLine(`explain ${words.join(' ')}`, ...config))
  }

  async #content(loaded: LoadedConfig, {subject, surfaces}: Question, resolve: boolean) {
    const [{examine}, report] = await Promise.all([
      import('../cli/explain/examine.js'),
      import('../cli/explain/report.js'),
    ])
    const bodies = surfaces.filter((surface) => surface !== 'url')
    const reports = await examine(loaded, this.ports, subject, {surfaces: bodies, resolve, hints: false})
    const hasFinding = report.hasFinding(reports)
    return {
      found: hasFinding,
      document: {content: hasFinding ? 'FINDING' : 'CLEAN', surfaces: report.reportDocument(reports)},
      lines: ['', `Content:  ${hasFinding ? 'FINDING' : 'CLEAN'}`, ...report.reportLines(reports, false)],
    }
  }
}

type Summary = ReturnType<typeof summarise>

function summarise(
  mode: string,
  {listen, monitoring}: Settings['proxy'],
  allowlist: readonly string[],
  dlpPatterns: number,
) {
  return {
    mode,
    listen,
    api_allowlist: allowlist.length,
    blocklist: monitoring.blocklist.length,
    dlp_patterns: dlpPatterns,
    entropy_threshold: monitoring.entropy_threshold,
    max_url_length: monitoring.max_url_length,
  }
}

function verdict(url: string | undefined, decision: Decision | undefined): object {
  if (url === undefined || decision === undefined) return {}
  const {action, cause} = decision
  return {
    result: action === 'block' ? 'BLOCKED' : 'ALLOWED',
    action,
    ...(cause
      ? {scanner: cause.layer, block_reason: cause.reason, reason: cause.detail, score: cause.score ?? 0}
      : {scanner: 'all', score: 0}),
  }
}

function partLines(parts: readonly Protection[], state: string): readonly string[] {
  const shown = parts.filter(({on}) => (on ? 'on' : 'off') === state)
  return shown.map(({name, note}) => `  ${state.padEnd(4)}${name.padEnd(21)}${printable(note)}`)
}

function human(
  origin: string,
  s: Summary,
  parts: readonly Protection[],
  warnings: readonly {readonly field: string; readonly message: string}[],
  url: string | undefined,
  decision: Decision | undefined,
): string {
  const lines = [
    'Config validation: OK',
    `  Mode:            ${s.mode}`,
    `  Listen:          ${s.listen}`,
    `  API allowlist:   ${s.api_allowlist}`,
    `  Blocklist:       ${s.blocklist}`,
    `  DLP patterns:    ${s.dlp_patterns}`,
    `  Entropy thresh:  ${s.entropy_threshold}`,
    `  Max URL length:  ${s.max_url_length}`,
    `  Configuration:   ${printable(origin)}`,
    ...['on', 'off'].flatMap((state) => partLines(parts, state)),
    ...warnings.map((w) => `  Warning:         ${w.field}: ${w.message}`),
  ]
  if (url !== undefined && decision !== undefined) {
    const {action, cause} = decision
    lines.push('', `Result:   ${action === 'block' ? 'BLOCKED' : 'ALLOWED'}`)
    lines.push(`Scanner:  ${cause?.layer ?? 'all'}`)
    if (cause) lines.push(`Reason:   ${printable(cause.detail)}`)
    lines.push(`Score:    ${(cause?.score ?? 0).toFixed(2)}`)
  }
  return lines.join('\n')
}
