// Reports as text for people. Text from traffic or configuration is escaped to printable characters.
import {markdownTable, markdownText} from '../../lib/markdown-text.js'
import {printable} from '../../lib/terminal.js'
import type {Exemption} from '../../core/decision.js'
import type {Change} from '../../core/explanation.js'
import {settingLines} from './change.js'
import type {FindingReport, SurfaceReport} from './examine.js'
import type {Place} from './places.js'
import type {RewriteReport} from './rewrites.js'

const TITLES = {url: 'URL', request: 'As a request body', response: 'As a response body'} as const
const WORDS: Readonly<Record<string, string>> = {allow: 'ALLOWED', block: 'BLOCKED', warn: 'ALLOWED, with a warning'}

/** True when there is a finding beyond a note. */
export function hasFinding(reports: readonly SurfaceReport[]): boolean {
  return reports.some(({findings}) => findings.some(({action}) => action !== 'allow'))
}

export function reportLines(reports: readonly SurfaceReport[], withLayers: boolean): readonly string[] {
  return reports.flatMap((report, i) => [...(i === 0 ? [] : ['']), ...surfaceLines(report, withLayers)])
}

function surfaceLines(report: SurfaceReport, withLayers: boolean): readonly string[] {
  const {layers, findings, rewrites} = report
  return [
    titleLine(report),
    ...(withLayers
      ? layers.map(({layer, state, about, note}) =>
          printable(`  ${layer.padEnd(22)} ${state.padEnd(13)} ${note === undefined ? about : note}`),
        )
      : []),
    ...findings.flatMap(findingLines),
    ...rewrites.flatMap(rewriteLines),
    ...outcomeLines(report),
  ]
}

function titleLine({surface, action, decidedBy}: SurfaceReport): string {
  const by = decidedBy === 'all' ? '' : ` (${decidedBy})`
  return `${TITLES[surface]}: ${WORDS[action] ?? action.toUpperCase()}${by}`
}

function outcomeLines({surface, reported, suppressed, rewritten, route}: SurfaceReport): readonly string[] {
  return [
    ...(route === undefined ? [] : [`  route: ${route}`]),
    ...(reported.length > 0 ? [printable(`  report-only: ${reported.join(', ')}`)] : []),
    ...(rewritten
      ? [
          `  ${surface === 'request' ? 'sent' : 'handed on'} as ${rewritten.to} bytes instead of the ${rewritten.from} received`,
        ]
      : []),
    ...(suppressed.length > 0 ? [printable(`  accepted by suppress: ${suppressed.join(', ')}`)] : []),
  ]
}

function findingLines({layer, action, detail, matches, exemption, hint, fixed}: FindingReport): readonly string[] {
  const does = action === 'off' ? 'would match, but its layer is off' : action
  return [
    printable(`  * ${layer}: ${does}: ${detail}`),
    ...matches.map((match) => printable(`      ${placeText(match)}`)),
    ...(exemption === undefined ? [] : [printable(`      ${exemptionText(exemption)}`)]),
    ...(hint === undefined ? [] : hintLines(hint)),
    ...(fixed === undefined ? [] : [`      ${fixed}`]),
  ]
}

function rewriteLines({layer, verb, what, count, hint}: RewriteReport): readonly string[] {
  return [printable(`  * ${layer}: ${verb} ${what}: ${count}`), ...(hint === undefined ? [] : hintLines(hint))]
}

function exemptionText({route, owner, reason, expires}: Exemption): string {
  return `exempt on the route ${route} until ${expires} (${owner}): ${reason}`
}

function placeText({rule, view, line, column, digest}: Place): string {
  const where = line === undefined ? '' : `, line ${line}, column ${column ?? 1}`
  return `${rule}: ${view}${where}${digest === undefined ? '' : `, digest ${digest}`}`
}

function hintLines(hint: Change & {readonly then: string}): readonly string[] {
  const {says, then, caution, hidden} = hint
  return [
    printable(`      to change it: ${says}`),
    ...(hidden === true ? [] : settingLines(hint).map((line) => `        ${printable(line)}`)),
    ...(caution === undefined ? [] : [printable(`      mind: ${caution}`)]),
    printable(`      then: ${then}`),
  ]
}

/** The same, with every layer, to be laid out at a terminal. */
export function reportMarkdown(reports: readonly SurfaceReport[]): string {
  return reports.map(surfaceMarkdown).join('\n\n')
}

function surfaceMarkdown(report: SurfaceReport): string {
  const {layers, findings, rewrites} = report
  const items = [
    ...findings.flatMap((finding) => itemMarkdown(findingLines(finding), finding.hint)),
    ...rewrites.flatMap((rewrite) => itemMarkdown(rewriteLines(rewrite), rewrite.hint)),
    ...outcomeLines(report).map((line) => `- ${markdownText(line.trimStart())}`),
  ]
  const rows = layers.map(({layer, state, about, note}) => [layer, state, note ?? about])
  return [
    `## ${markdownText(titleLine(report))}`,
    '',
    markdownTable(['Layer', 'Result', 'Inspected'], rows),
    ...(items.length > 0 ? ['', ...items] : []),
  ].join('\n')
}

/** A finding is an item, what belongs to it are items below, and its setting is a block of code. */
function itemMarkdown(lines: readonly string[], hint: Change | undefined): readonly string[] {
  const settings = hint === undefined || hint.hidden === true ? [] : settingLines(hint)
  const from = lines.findIndex((line) => line.startsWith(' '.repeat(8)))
  return lines.flatMap((line, i) => {
    if (from !== -1 && i === from)
      return ['', '    ~~~', ...settings.map((each) => `    ${printable(each)}`), '    ~~~']
    if (line.startsWith(' '.repeat(8))) return []
    return [`${i === 0 ? '' : '  '}- ${markdownText(line.trimStart().replace(/^\* /, ''))}`]
  })
}

/** The report as JSON; the value of a setting that holds secrets is omitted. */
export function reportDocument(reports: readonly SurfaceReport[]): readonly object[] {
  const shown = <T extends {readonly hint?: Change}>({hint, ...rest}: T): object => ({
    ...rest,
    ...(hint && {hint: hintDocument(hint)}),
  })
  return reports.map(({findings, rewrites, ...rest}) => ({
    ...rest,
    findings: findings.map(shown),
    rewrites: rewrites.map(({verb: _verb, ...rewrite}) => shown(rewrite)),
  }))
}

function hintDocument({hidden, value, ...hint}: Change): object {
  return hidden === true ? hint : {...hint, value}
}
