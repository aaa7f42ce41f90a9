// pipelock check: is this configuration valid, and what would it say to a URL (operations §13.2). Nothing is sent.
import type {Decision} from '../core/decision.js'
import type {EffectiveConfig} from '../plugins/effective-config.js'
import {printable} from '../lib/terminal.js'
import {Flags, PipelockCommand} from './base.js'

export default class Check extends PipelockCommand {
  static override summary = 'Validate a configuration and judge a URL without sending it'
  static override examples = [
    '<%= config.bin %> check -c pipelock.yaml',
    '<%= config.bin %> check --url https://api.example.com/v1/models --json',
  ]
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration file; the built-in defaults when left out',
    }),
    url: Flags.string({helpValue: 'URL', description: 'judge this URL as if it were requested'}),
    resolve: Flags.boolean({dependsOn: ['url'], description: 'also look its name up and judge the addresses'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Check)
    const [{readConfig}, {configError}, {checkConfig}] = await Promise.all([
      import('../host/config/load.js'),
      import('../host/config/problem.js'),
      import('../host/check.js'),
    ])
    const path = flags.config ?? (this.ports.env['PIPELOCK_CONFIG'] || undefined)
    const read = await readConfig(path === undefined ? {kind: 'defaults'} : {kind: 'file', path})
    if (!read.ok) {
      if (!this.jsonEnabled) throw configError(read.file, read.problems)
      this.finish({valid: false, file: read.file, problems: read.problems}, () => '', 2)
      return
    }
    if (path === undefined) this.progress('no configuration given: checking the built-in defaults')
    const checked = await checkConfig(read, this.ports, flags.resolve)
    try {
      const decision = flags.url === undefined ? undefined : await checked.judge(flags.url)
      const summary = summarise(read.config, checked.dlpPatterns)
      this.finish(
        {valid: true, file: path ?? null, ...summary, warnings: checked.warnings, ...verdict(flags.url, decision)},
        () => human(summary, checked.warnings, flags.url, decision),
        decision?.action === 'block' ? 1 : 0,
      )
    } finally {
      await checked.close()
    }
  }
}

type Summary = ReturnType<typeof summarise>

function summarise(config: EffectiveConfig, dlpPatterns: number) {
  const {listen, monitoring} = config.fetch_proxy
  return {
    mode: config.mode,
    listen,
    api_allowlist: config.api_allowlist.length,
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

function human(
  s: Summary,
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
