// What the shield did since the start, for metrics. Survives reloads.
import type {Sample} from '../../core/sample.js'
import type {Removals} from './removals.js'

/** Upper bounds in seconds. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1]
const HELP = {
  shield_rewrites_total: 'What pages and scripts lost, by category',
  shield_bytes_stripped_total: 'Bytes of what pages and scripts lost, by category',
  shield_shims_injected_total: 'Pages that got a script of the shield',
  shield_oversize_scan_head_total: 'Contents of which only the beginning was rewritten',
  shield_skipped_total: 'Contents that were not rewritten, by reason',
  shield_latency_seconds_bucket: 'Contents rewritten within so many seconds',
  shield_latency_seconds_sum: 'Time spent on rewriting',
  shield_latency_seconds_count: 'Contents that were inspected',
} as const
type Name = keyof typeof HELP

export class Counts {
  readonly #counts = new Map<string, {readonly name: Name; readonly labels: Record<string, string>; value: number}>()

  add(name: Name, labels: Record<string, string>, value = 1): void {
    const key = `${name} ${Object.values(labels).join(' ')}`
    const entry = this.#counts.get(key) ?? {name, labels, value: 0}
    entry.value += value
    this.#counts.set(key, entry)
  }

  rewritten(matches: Removals, transport: string): void {
    for (const [category, count] of matches.entries()) {
      this.add('shield_rewrites_total', {category, transport}, count)
      this.add('shield_bytes_stripped_total', {category}, matches.sizeOf(category))
    }
  }

  took(seconds: number, transport: string): void {
    for (const bound of BUCKETS) {
      this.add('shield_latency_seconds_bucket', {transport, le: String(bound)}, seconds <= bound ? 1 : 0)
    }
    this.add('shield_latency_seconds_bucket', {transport, le: '+Inf'})
    this.add('shield_latency_seconds_sum', {transport}, seconds)
    this.add('shield_latency_seconds_count', {transport})
  }

  list(): readonly Sample[] {
    return [...this.#counts.values()].map(({name, labels, value}) => ({name, help: HELP[name], labels, value}))
  }
}
