// `learn diff`: what changed from one shadow report to another, second minus first, as a page and as data.
import {compareCodePoints} from '../../../lib/json/writer.js'
import {checkOutputs, stageOutputs} from '../outputs.js'
import {spanText} from '../view/code-span.js'
import {readReport, type ReportFile, type RuleCounts} from './report-file.js'

export interface RuleDelta {
  readonly rule_id: string
  readonly evals_delta: number
  readonly new_blocks_delta: number
  readonly new_allows_delta: number
  readonly rate_delta: number
  readonly only_in?: 'first' | 'second'
}

export interface ShadowDiff {
  readonly first_contract_hash: string
  readonly second_contract_hash: string
  readonly records_delta: number
  readonly new_blocks_delta: number
  readonly quarantine_delta: number
  readonly rules: readonly RuleDelta[]
}

export interface DiffRequest {
  readonly first: string
  readonly second: string
  readonly out: string | undefined
}

export interface DiffResult {
  readonly diff: ShadowDiff
  readonly markdown: string
}

export function runDiff({first, second, out}: DiffRequest): DiffResult {
  const diff = compareReports(readReport(first), readReport(second))
  const markdown = diffMarkdown(diff)
  if (out !== undefined) {
    checkOutputs([out], [first, second])
    stageOutputs([{path: out, text: markdown}]).publish()
  }
  return {diff, markdown}
}

const NOTHING: RuleCounts = {evaluations: 0, newBlocks: 0, newAllows: 0, rateHundredths: 0}

export function compareReports(a: ReportFile, b: ReportFile): ShadowDiff {
  const ids = [...new Set([...a.rules.keys(), ...b.rules.keys()])].sort(compareCodePoints)
  return {
    first_contract_hash: a.contractHash,
    second_contract_hash: b.contractHash,
    records_delta: b.records - a.records,
    new_blocks_delta: b.newBlocks - a.newBlocks,
    quarantine_delta: b.quarantines - a.quarantines,
    rules: ids.map((id): RuleDelta => {
      const [was, is] = [a.rules.get(id), b.rules.get(id)]
      const [from, to] = [was ?? NOTHING, is ?? NOTHING]
      return {
        rule_id: id,
        evals_delta: to.evaluations - from.evaluations,
        new_blocks_delta: to.newBlocks - from.newBlocks,
        new_allows_delta: to.newAllows - from.newAllows,
        rate_delta: (to.rateHundredths - from.rateHundredths) / 100,
        ...(was && is ? {} : {only_in: was ? 'first' : 'second'}),
      }
    }),
  }
}

function diffMarkdown(diff: ShadowDiff): string {
  const head = [
    '# Shadow Diff',
    '',
    `- first contract_hash: \`${spanText(diff.first_contract_hash)}\``,
    `- second contract_hash: \`${spanText(diff.second_contract_hash)}\``,
    `- records_delta: ${signed(diff.records_delta)}`,
    `- new_blocks_delta: ${signed(diff.new_blocks_delta)}`,
    `- quarantine_delta: ${signed(diff.quarantine_delta)}`,
    '',
  ]
  const rows = diff.rules.map((rule) => {
    const mark = rule.only_in === undefined ? '' : ` (only in the ${rule.only_in})`
    const cells = [
      `\`${spanText(rule.rule_id)}\`${mark}`,
      signed(rule.evals_delta),
      signed(rule.new_blocks_delta),
      signed(rule.new_allows_delta),
      `${signed(rule.rate_delta, 2)}%`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  const table =
    rows.length === 0
      ? ['No contract rule evaluations.']
      : [
          '| rule | evals_delta | new_blocks_delta | new_allows_delta | rate_delta |',
          '| --- | --- | --- | --- | --- |',
          ...rows,
        ]
  return `${[...head, ...table].join('\n')}\n`
}

function signed(value: number, decimals = 0): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(decimals)}`
}
