// What the page verifies by itself in its reader's browser: the lines that stand in it, and the panel that shows the result.
import {html, type Html} from '../../../lib/page/markup.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import type {EvidenceReport} from './run.js'
import {baseName} from './tables.js'

export interface Embedded {
  readonly lines: number
  readonly receipts: number
  /** Receipts that were accepted in all. */
  readonly of: number
}

export function embeddedIn({excerpts, receipts, notJudged}: EvidenceReport): Embedded {
  const lines = excerpts.flatMap(({runs}) => runs.flatMap((run) => run.lines))
  return {
    lines: lines.length,
    receipts: lines.reduce((sum, line) => sum + line.receipts, 0),
    of: receipts - notJudged,
  }
}

/** What the script of the page reads: lines as bytes in base64, so that not one of them is changed on the way. */
export function embeddedData(report: EvidenceReport): object {
  const files: string[] = []
  const indexes = new Map<string, number>()
  const indexOf = (file: string): number => {
    const known = indexes.get(file)
    if (known !== undefined) return known
    indexes.set(file, files.length)
    return files.push(baseName(file)) - 1
  }
  const units = report.excerpts.map(({id, session, isRecorder, runs}) => ({
    id,
    session,
    isRecorder,
    runs: runs.map(({lines}) =>
      lines.map(({file, line, terminated, bytes}) => [
        indexOf(file),
        line,
        terminated ? 1 : 0,
        Buffer.from(bytes).toString('base64'),
      ]),
    ),
  }))
  const failures = report.failed.flatMap(({unit: {verdict}, failure: whole}) => {
    const each = [verdict.recorder?.failure, verdict.v1.failure, verdict.v2.failure].filter((f) => f !== undefined)
    // a fault of a chain as a whole stands at no line
    return (each.length > 0 ? each : [whole]).map(({place, reason}) => ({
      reason,
      ...(place ? {file: baseName(place.file), line: place.line} : {}),
    }))
  })
  return {
    keys: report.keys.map(({hex}) => hex),
    roster: report.roster?.keys ?? null,
    receipts: report.receipts,
    files,
    units,
    failures: failures.slice(0, 200),
  }
}

export function checkPart({lines, receipts, of}: Embedded): Html {
  return html`<p id="check-static">
      This page can verify receipts by itself when JavaScript is allowed. It did not run, so all that stands here is
      what the command found that wrote the page.
    </p>
    ${checkPanel(
      html`<p class="note">
        ${plural(lines, 'line')} of the evidence with ${grouped(receipts)} of ${plural(of, 'accepted receipt')}
        ${lines === 1 ? 'stands' : 'stand'} in this page, taken from around the first failures and from the beginning
        and the end of each session. The page verifies them by itself and makes no request.
      </p>`,
    )}`
}

/** `note` says what is verified. */
export function checkPanel(note: Html): Html {
  return html`<div id="panel" class="panel" hidden>
    <div id="check-result"></div>
    <progress id="check-progress" aria-label="Progress of the check" value="0" max="1" hidden></progress>
    ${note}
    <div class="screen">
      <label for="keys-given"
        >Public keys that should have signed (64 hexadecimal characters each), from a source you trust</label
      >
      <textarea id="keys-given" spellcheck="false" autocomplete="off" rows="2"></textarea>
      <p><button type="button" id="check-again">Check with these keys</button></p>
      <label for="check-files"
        >Whole files of evidence from your disk: choose them, or drop them on this page (they stay on your disk)</label
      >
      <input type="file" id="check-files" multiple accept=".jsonl" />
    </div>
  </div>`
}
