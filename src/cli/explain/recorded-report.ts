// A recorded decision as text: the decision, its layer, and the setting of that layer.
import {markdownList, markdownText} from '../../lib/markdown-text.js'
import {printable} from '../../lib/terminal.js'
import type {LoadedConfig} from '../../host/config/load.js'
import {layerOf} from '../../host/outside/findings.js'
import type {SurfaceReport} from './examine.js'
import type {Explanations} from './explanations.js'
import {shortId, type RecordedDecision} from './recorded.js'

/** The decision that ended the exchange: a refusal where there is one. */
export function decisive(decisions: readonly RecordedDecision[]): RecordedDecision | undefined {
  return decisions.findLast(({verdict}) => verdict === 'block') ?? decisions.at(-1)
}

/** The setting of a recorded layer; undefined where judging the URL again gives more detail. */
export function settingOf({layer, verdict}: RecordedDecision, explanations: Explanations): string | undefined {
  const setting = verdict === 'allow' ? undefined : explanations.recorded(layer)
  return setting === '' ? 'no setting changes it' : setting
}

/** Why the recorded finding is absent when its URL is judged again; undefined where it occurs, or nothing was judged. */
export function absenceNote(
  {layer, verdict}: RecordedDecision,
  reports: readonly SurfaceReport[],
  {plugins}: Pick<LoadedConfig, 'plugins'>,
): string | undefined {
  if (reports.length === 0 || layer === '' || verdict === 'allow') return undefined
  if (reports.some(({findings}) => findings.some((one) => one.layer === layer))) return undefined
  const sections = Object.keys(plugins.find(({name}) => layerOf(name) === layer)?.schemas ?? {})
  const settings = sections.length === 0 ? '' : `; its settings: ${sections.join(', ')}`
  return `${layer} has no finding now: it depends on more than URL and method, or the configuration changed${settings}`
}

export function recordedLines(decisions: readonly RecordedDecision[], explanations: Explanations): readonly string[] {
  const last = decisive(decisions)
  if (!last) return []
  const setting = settingOf(last, explanations)
  const row = (name: string, value: string): string[] =>
    value === '' ? [] : [`  ${name.padEnd(10)} ${printable(value)}`]
  return [
    printable(
      `${shortId(last)}: ${last.verdict.toUpperCase()}${last.layer === '' ? '' : ` (${last.layer})`}, ${last.time}`,
    ),
    ...row('agent', last.agent),
    ...row('request', `${last.method} ${last.target} (${last.transport})`),
    ...row('rule', last.severity === '' ? last.pattern : `${last.pattern} (${last.severity})`),
    ...row('contract', last.contractRule),
    ...row('setting', setting ?? ''),
    ...row('exchange', last.actionId),
    ...decisions.flatMap(({verdict, layer, target, file, line}) =>
      row(
        'receipt',
        `${verdict}${layer === '' ? '' : ` by ${layer}`}, ${file}:${line}${target === last.target ? '' : `, ${target}`}`,
      ),
    ),
    '  Signatures were not checked: pipelock verify-receipt does.',
  ]
}

/** The same, to be laid out at a terminal. */
export function recordedMarkdown(decisions: readonly RecordedDecision[], explanations: Explanations): string {
  const [title = '', ...facts] = recordedLines(decisions, explanations)
  return `## ${markdownText(title)}\n\n${markdownList(facts.map((line) => line.trim().replace(/ {2,}/g, ' ')))}`
}
