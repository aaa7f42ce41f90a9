// `pipelock report`: reads flags that say when, verifies and counts, writes the page, says what came of it.
import {closeSync, constants, openSync, readFileSync, readSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {writeFileAtomic} from '../../../lib/atomic-file.js'
import {builtFile} from '../../../lib/built-file.js'
import {parseDuration} from '../../../lib/duration.js'
import {sha256Hex} from '../../../lib/hash.js'
import {markdownList, markdownText} from '../../../lib/markdown-text.js'
import {parseInstant} from '../../../lib/instant.js'
import {printable} from '../../../lib/terminal.js'
import {parseLogName} from '../log-name.js'
import {partsOf} from './facts.js'
import {baseName, moment} from './tables.js'
import {embeddedIn} from './check-part.js'
import {reportPage} from './page.js'
import {reportJson, type WrittenPage} from './report-json.js'
import {createReport, type EvidenceReport, type EvidenceReportRequest} from './run.js'

export interface ReportRequest extends Omit<EvidenceReportRequest, 'filter'> {
  /** An instant, or a duration that ended now. */
  readonly since: string | undefined
  readonly until: string | undefined
  readonly agent: string | undefined
  /** Where the page goes; none is made without. */
  readonly html: string | undefined
}

export interface ReportResult {
  readonly ok: boolean
  readonly json: object
  readonly text: string
  /** The same text, to be laid out at a terminal. */
  readonly markdown: string
}

const EXPORTS = '\nexport const {'
const PAGE_START = '<!doctype html>'

export async function report(request: ReportRequest): Promise<ReportResult> {
  const {html, nowMs} = request
  const filter = {
    sinceMs: instantOf('--since', request.since, nowMs),
    untilMs: instantOf('--until', request.until, nowMs),
    agent: request.agent,
  }
  if (filter.sinceMs !== undefined && filter.untilMs !== undefined && filter.sinceMs > filter.untilMs) {
    throw new PipelockError('usage', '--since is later than --until: nothing could be counted')
  }
  if (html !== undefined) refuseReplacing(html)
  const made = await createReport({...request, filter, embed: html === undefined ? 0 : request.embed})
  const page = html === undefined ? undefined : writePage(made, html)
  const lines = reportLines(made, page)
  return {
    ok: made.integrity.ok,
    json: reportJson(made, page),
    text: lines.join('\n'),
    markdown: reportMarkdown(lines),
  }
}

function instantOf(flag: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const ago = parseDuration(text)
  const at =
    ago === undefined ? parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text) : nowMs - ago
  if (at !== undefined) return at
  throw new PipelockError('usage', `${flag} ${JSON.stringify(text)} is neither a time nor a duration`, {
    hint: 'write 2026-05-10T08:00:00Z, 2026-05-10 (its beginning in UTC), or 24h for that long ago',
  })
}

/** A page replaces a page, and nothing else: no evidence, nothing that lies beside it, no key. */
function refuseReplacing(path: string): void {
  // before hours of verifying, not after them
  if (!statSync(dirname(path), {throwIfNoEntry: false})?.isDirectory())
    throw new PipelockError('usage', `--html ${path}: ${dirname(path)} is not a directory`)
  if (!parseLogName(baseName(path)) && isPageOrNothing(path)) return
  throw new PipelockError(
    'usage',
    `--html ${path} is not an earlier page and may be evidence: a page must not replace it`,
    {
      hint: 'name another file',
    },
  )
}

function isPageOrNothing(path: string): boolean {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    if (isErrno(error, 'ELOOP', 'ENXIO', 'EACCES')) return false
    throw error
  }
  try {
    const start = Buffer.alloc(PAGE_START.length)
    const count = readSync(fd, start)
    return count === 0 || start.toString('latin1') === PAGE_START
  } catch (error) {
    if (isErrno(error, 'EISDIR', 'EAGAIN')) return false
    throw error
  } finally {
    closeSync(fd)
  }
}

function writePage(made: EvidenceReport, path: string): WrittenPage {
  refuseReplacing(path)
  const verifier = offlineVerifier()
  const text = reportPage(made, verifier)
  writeFileAtomic(path, text)
  const {lines, receipts} = embeddedIn(made)
  return {file: path, sha256: sha256Hex(text), verifier_sha256: sha256Hex(verifier), lines, receipts}
}

/** The linked module without its exports, which a script of a page cannot have. */
function offlineVerifier(): string {
  const text = readFileSync(builtFile('../../../verifier/verifier.js', import.meta.url), 'utf8')
  const end = text.lastIndexOf(EXPORTS)
  if (end === -1) throw new PipelockError('internal_error', 'the offline verifier of this installation is damaged')
  return text.slice(0, end + 1)
}

function reportMarkdown([head = '', ...lines]: readonly string[]): string {
  const topLevel = lines.map((line, i) => (i === 0 ? line.trimStart() : line))
  return `# ${markdownText(head)}\n\n${markdownList(topLevel)}\n`
}

function reportLines(made: EvidenceReport, page: WrittenPage | undefined): readonly string[] {
  const {facts, integrity} = made
  const head = integrity.ok ? (made.isPinned && made.receipts > 0 ? 'VERIFIED' : 'INTACT, UNPINNED') : 'NOT VERIFIED'
  const period = facts.firstMs === undefined ? '' : `, ${moment(facts.firstMs)} to ${moment(facts.lastMs)} UTC`
  const [reason] = facts.reasons.entries
  const parts = [
    counted(facts.agents.names, 'agent'),
    counted(facts.hosts.names, 'host'),
    counted(facts.contracts.names, 'contract'),
    counted(facts.gaps.observed, 'gap'),
    counted(made.keyChanges.length + made.moreKeyChanges, 'key change'),
  ]
  return [
    `${head} ${printable(made.path)}: ${counted(facts.decisions, 'decision')}, ${facts.blocked} blocked${period}`,
    `  ${parts.join(', ')}`,
    ...(facts.leftOut > 0 ? [`  ${counted(facts.leftOut, 'decision')} left out by --since, --until or --agent`] : []),
    ...(reason ? [`  most frequent reason: ${reasonText(reason[0])} (${reason[1].count})`] : []),
    ...integrity.text.split('\n'),
    ...(page
      ? [
          `page: ${printable(page.file)}, sha256 ${page.sha256}`,
          `  holds ${page.lines} lines with ${page.receipts} of ${made.receipts - made.notJudged} accepted receipts; its verifier has sha256 ${page.verifier_sha256}`,
        ]
      : []),
  ]
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

function reasonText(key: string): string {
  const words = partsOf(key).filter((part) => part !== '')
  return words.map((word) => printable(word)).join(', ')
}
