// The report as data: every figure of the page, and the whole verdict of `integrity verify` (docs/formats/evidence-report.md).
import {formatTimestamp} from '../../../lib/timestamp.js'
import type {Counted, Tally} from './tally.js'
import {jsonInt} from '../verify/output/members.js'
import {KINDS, partsOf, TALLIES, type Intervention} from './facts.js'
import type {EvidenceReport} from './run.js'

/** The page beside it, when one was written. */
export interface WrittenPage {
  readonly file: string
  readonly sha256: string
  readonly verifier_sha256: string
  readonly lines: number
  readonly receipts: number
}

const instant = (ms: number | undefined): string | null => (ms === undefined ? null : formatTimestamp(ms))

export function reportJson(report: EvidenceReport, page: WrittenPage | undefined): object {
  const {facts, filter, integrity} = report
  const [failed] = report.failed
  return {
    report_version: 1,
    generated_at: report.generatedAt,
    evidence: report.path,
    ok: integrity.ok,
    pinned: report.isPinned,
    reason: failed?.failure.reason ?? null,
    filters: {since: instant(filter.sinceMs), until: instant(filter.untilMs), agent: filter.agent ?? null},
    keys: report.keys.map(({hex, fingerprint}) => ({key: hex, fingerprint})),
    roster: report.roster
      ? {root_fingerprint: report.roster.rootFingerprint, key_ids: report.roster.keys.map(({key_id}) => key_id)}
      : null,
    period: {first: instant(facts.firstMs), last: instant(facts.lastMs)},
    totals: {
      sessions: report.units.length,
      sessions_failed: report.failed.length,
      entries: report.entries,
      receipts: report.receipts,
      receipts_not_judged: report.notJudged,
      decisions: facts.decisions,
      decisions_unsigned: facts.unsigned,
      decisions_left_out: facts.leftOut,
      blocked: facts.blocked,
      captures: facts.captures,
    },
    verdicts: rows(facts.verdicts, (verdict) => ({verdict})),
    reasons: rows(facts.reasons, (key) => {
      const [verdict = '', layer = '', pattern = ''] = partsOf(key)
      return {verdict, layer, pattern}
    }),
    agents: rows(facts.agents, (agent) => ({agent})),
    hosts: rows(facts.hosts, (host) => ({host})),
    transports: rows(facts.transports, (transport) => ({transport})),
    policies: rows(facts.policies, (policy_hash) => ({policy_hash})),
    contracts: rows(facts.contracts, (key) => {
      const [contract_hash = '', active_manifest_hash = '', generation = '', selector_id = ''] = partsOf(key)
      return {contract_hash, active_manifest_hash, generation, selector_id}
    }),
    // names beyond the capacity of a table: each count may be too low by so much
    inexact: TALLIES.filter((name) => facts[name].overflowed).map((name) => ({
      table: name,
      too_low_by: facts[name].missed,
    })),
    timeline: {
      bucket_seconds: facts.timeline.width / 1000,
      buckets: facts.timeline.buckets.map(({from, counts}) => ({
        from: instant(from),
        ...Object.fromEntries(KINDS.map((kind, i) => [kind, counts[i] ?? 0])),
      })),
    },
    interventions: {seen: facts.interventions.observed, latest: facts.interventions.items.map(interventionJson)},
    lifecycle: {
      seen: facts.lifecycle.observed,
      latest: facts.lifecycle.items.map(({time, session, kind, actor, facts: members}) => ({
        time,
        session,
        kind,
        actor,
        facts: Object.fromEntries(members),
      })),
    },
    gaps: {
      seen: facts.gaps.observed,
      lost_entries: jsonInt(facts.lost <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(facts.lost) : facts.lost),
      latest: facts.gaps.items.map(({time, session, seq, kind, summary, lost}) => ({
        time,
        session,
        seq,
        kind,
        summary,
        lost_entries: lost ?? null,
      })),
    },
    key_changes: report.keyChanges.map(({session, time, from, to, finalSeq}) => ({
      session,
      time,
      from,
      to,
      final_seq: finalSeq,
    })),
    key_changes_more: report.moreKeyChanges,
    integrity: integrity.json,
    page: page ?? null,
  }
}

function rows(tally: Tally, named: (name: string) => object): readonly object[] {
  return tally.entries.map(([name, counted]) => ({...named(name), ...figures(counted)}))
}

function figures({count, marked, first, last}: Counted): object {
  return {count, blocked: marked, first: instant(first), last: instant(last)}
}

function interventionJson(item: Intervention): object {
  const {time, session, verdict, agent, transport, method, target, layer, pattern, seq, isSigned, place} = item
  const members = {time, session, verdict, agent, transport, method, target, layer, pattern}
  return {...members, seq: jsonInt(seq), signed: isSigned, file: place.file, line: place.line}
}
