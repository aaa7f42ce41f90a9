// The part of a report that says how far to trust the rest: verdicts, gaps, keys, and what none of it shows.
import {command} from '../../../lib/page/commands.js'
import {shellWord} from '../../../lib/shell-words.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import {html, type Html} from '../../../lib/page/markup.js'
import type {Pinned} from '../verify/output/limits.js'
import {matrixRow} from '../verify/output/matrix.js'
import type {JudgedUnit} from '../verify/folder.js'
import {cut} from './decision.js'
import type {EvidenceReport} from './run.js'
import {baseName, markedWord, timeCell, value, valueCell, wrapped} from './tables.js'

const MAX_SESSIONS = 300
const MAX_ROWS = 200

const WORDS: Readonly<Record<string, string>> = {
  trusted: 'verified',
  unpinned: 'agree with their own key',
  none: 'none',
  broken: 'broken',
  intact: 'intact',
  absent: 'no entries',
  match: 'match',
  mismatch: 'mismatch',
  signed: 'signed',
  unchecked: 'not checked',
  invalid: 'invalid',
  anchored: 'sealed and signed',
  sealed: 'sealed',
  head_verified: 'head as expected',
  retained_suffix: 'retained part',
  not_proven: 'end not proven',
}

const TONES: Readonly<Record<string, 'go' | 'look' | 'stop'>> = {
  trusted: 'go',
  intact: 'go',
  match: 'go',
  signed: 'go',
  anchored: 'go',
  sealed: 'go',
  head_verified: 'go',
  unpinned: 'look',
  unchecked: 'look',
  retained_suffix: 'look',
  not_proven: 'look',
  broken: 'stop',
  mismatch: 'stop',
  invalid: 'stop',
}

export function sessionTable(report: EvidenceReport): Html {
  const {pinned} = report
  const failed = new Set(report.failed.map(({unit}) => unit))
  const sorted = [...report.units].sort((a, b) => Number(failed.has(b)) - Number(failed.has(a)))
  const shown = sorted.slice(0, MAX_SESSIONS)
  return html`${report.failed.slice(0, 50).map(({unit, failure}) => {
    const {place, seq, reason, message} = failure
    const where = place ? html`, line ${place.line} of <code>${baseName(place.file)}</code>` : ''
    return html`<p class="bad">
      <code>${unit.id}</code>: <code>${reason}</code> at seq ${String(seq)}${where}: ${cut(message, 400)}
    </p>`
  })}
  ${wrapped(
    'Verdicts by session',
    html`<table>
      <thead>
        <tr>
          <th scope="col">session</th>
          <th scope="col">entries</th>
          <th scope="col">receipts</th>
          <th scope="col">evidence receipts</th>
          <th scope="col">checkpoints</th>
          <th scope="col">roots</th>
          <th scope="col">end</th>
          <th scope="col">last receipt</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map((unit) => sessionRow(unit, pinned))}
      </tbody>
    </table>`,
  )}
  ${sorted.length > shown.length && html`<p class="note">and ${grouped(sorted.length - shown.length)} more in the JSON report; those that failed stand first.</p>`}`
}

function sessionRow(unit: JudgedUnit, pinned: Pinned): Html {
  const {recorder, v1, v2} = unit.verdict
  const row = matrixRow(unit.id, unit.verdict, pinned)
  const head = v1.observed > 0 ? v1 : v2
  const word = (text: string): Html => {
    const known = WORDS[text] ?? text
    const tone = TONES[text]
    return tone === undefined ? html`${known}` : markedWord(tone, known)
  }
  const counted = (text: string, n: number): Html =>
    html`${word(text)}${n > 0 && html` <span class="soft">(${grouped(n)})</span>`}`
  return html`<tr>
    <th scope="row"><code>${unit.id}</code> <span class="soft">${plural(unit.files.length, 'file')}</span></th>
    <td>${counted(row.recorder, recorder?.entries ?? 0)}</td>
    <td>${counted(row.receipts, v1.observed)}</td>
    <td>${counted(row.evidence_receipts, v2.observed)}</td>
    <td>${counted(row.checkpoints, recorder?.checkpoints ?? 0)}</td>
    <td>${word(row.roots)}</td>
    <td>${word(row.completeness)}</td>
    <td class="h">
      ${head.rootHash === '' ? value('') : html`seq ${String(head.finalSeq ?? '')}<br />${value(head.rootHash)}`}
    </td>
  </tr> `
}

export function gapsPart({facts, units}: EvidenceReport): Html {
  const {gaps, lost} = facts
  const recovered = units.filter(({id}) => /\.recovered-\d+$/.test(id))
  const suffixes = units.filter(({verdict}) => verdict.completeness === 'retained_suffix')
  const items = gaps.items.slice(0, MAX_ROWS)
  return html`<p>
      ${gaps.observed === 0 ? 'The logs tell of no gap.' : `The logs tell of ${plural(gaps.observed, 'gap')}${lost > 0n ? `, in which ${plural(Number(lost), 'entry', 'entries')} could not be written` : ''}.`}
    </p>
    ${
      items.length > 0 &&
      wrapped(
        'Gaps, one by one',
        html`<table>
          <thead>
            <tr>
              <th scope="col">time (UTC)</th>
              <th scope="col">session</th>
              <th scope="col">entry</th>
              <th scope="col">what the log says</th>
              <th scope="col" class="n">entries lost</th>
            </tr>
          </thead>
          <tbody>
            ${items.map(
              (gap) =>
                html`<tr>
                  ${timeCell(gap.timeMs)} ${valueCell(gap.session)}
                  <td class="w">seq ${gap.seq}</td>
                  ${valueCell(gap.summary)}
                  <td class="n">${gap.lost ?? 'unknown'}</td>
                </tr> `,
            )}
          </tbody>
        </table>`,
      )
    }
    ${gaps.observed > items.length && html`<p class="note">The latest ${grouped(items.length)}.</p>`}
    ${recovered.length > 0 && html`<p>${plural(recovered.length, 'session')} began because a line of the log before was damaged: ${list(recovered.map(({id}) => id))}.</p>`}
    ${suffixes.length > 0 && html`<p>Files were deleted by retention, under a signed anchor, at the head of: ${list(suffixes.map(({id}) => id))}.</p>`}
    <p class="note">
      A gap stands in the log as an entry that is chained by hashes. Whatever was removed without one shows as a broken
      chain, but for the end of a log, which leaves no trace.
    </p>`
}

function list(names: readonly string[]): Html {
  const shown = names.slice(0, 20)
  const more = names.length - shown.length
  return html`${shown.map((name, i) => html`${i > 0 && ', '}<code>${name}</code>`)}${more > 0 && ` and ${grouped(more)} more`}`
}

export function keysPart(report: EvidenceReport): Html {
  const {keys, keyChanges, moreKeyChanges, roster, units} = report
  const signers = [...new Set(units.flatMap(({verdict}) => verdict.v1.signerKeys))]
  const own = keys.map(({hex}) => hex)
  const changes = keyChanges.length + moreKeyChanges
  return html`${
      keys.length === 0
        ? html`<p>
            <strong>No key was given</strong>, so ${roster && 'action '}receipts were held to the keys that they name.
            Anybody can make such receipts. Get the public key from whoever runs the firewall, not with the evidence,
            and enter it above.
          </p>`
        : html`<p>Trusted for this report, as given to the command:</p>
            ${keys.map(({hex, fingerprint}) => html`<p class="note"><code>${hex}</code><br />fingerprint <code>${fingerprint}</code></p>`)}`
    }
    ${roster && html`<p>Evidence receipts were held to the roster under the root <code>${roster.rootFingerprint}</code>, which lists ${list(roster.keys.map(({key_id: id, key_purpose: purpose, status}) => `${cut(id)} (${purpose}, ${status})`))}.</p>`}
    <p>
      ${signers.length === 0 ? 'No action receipt names a signer.' : html`Signers that the receipts name: ${list(signers.map((key) => (own.includes(key) ? `${key.slice(0, 16)}… (trusted)` : key)))}.`}
    </p>
    <p>
      ${changes === 0 ? 'No session changed its key.' : `Sessions changed their key ${changes === 1 ? 'once' : `${grouped(changes)} times`}.`}
    </p>
    ${
      changes > 0 &&
      wrapped(
        'Changes of keys',
        html`<table>
          <thead>
            <tr>
              <th scope="col">time (UTC)</th>
              <th scope="col">session</th>
              <th scope="col">from</th>
              <th scope="col">last receipt under it</th>
              <th scope="col">to</th>
            </tr>
          </thead>
          <tbody>
            ${keyChanges.map(
              ({time, session, from, to, finalSeq}) =>
                html`<tr>
                  <td class="w">${time.slice(0, 19).replace('T', ' ')}</td>
                  ${valueCell(session)} ${valueCell(from)}
                  <td class="w">seq ${finalSeq}</td>
                  ${valueCell(to)}
                </tr> `,
            )}
          </tbody>
        </table>`,
      )
    }
    ${moreKeyChanges > 0 && html`<p class="note">and ${grouped(moreKeyChanges)} more.</p>`}`
}

export function limitsPart(report: EvidenceReport): Html {
  const {pinned} = report
  const counts = new Map<string, number>()
  for (const unit of report.units) {
    for (const limit of matrixRow(unit.id, unit.verdict, pinned).limits) {
      counts.set(limit, (counts.get(limit) ?? 0) + 1)
    }
  }
  const folder = shellWord(report.path)
  const keys = pinned.v1 ? report.keys.map(({hex}) => ` --key ${hex}`).join('') : ' --key KEY'
  const flags = report.sameFlags
    .map(([name, value]) => ` ${name}${value === undefined ? '' : ` ${shellWord(value)}`}`)
    .join('')
  return html`<ul>
      ${[...counts].map(([limit, n]) => html`<li>${limit}${report.units.length > 1 && html` <span class="soft">(${grouped(n)} of ${grouped(report.units.length)} sessions)</span>`}</li>`)}
      <li>
        this page: whoever could change it could change its figures, its evidence and the verifier in it. It cannot
        vouch for itself. The verifier in it has the SHA-256
        <code id="verifier-hash">(computed when JavaScript runs)</code>; <code>pipelock report</code> prints it, and
        that of the page, when it writes the page
      </li>
      <li>receipts tell what the firewall decided. What reached the network another way has none</li>
    </ul>
    ${command('Verify without this page, on the evidence itself', `pipelock integrity verify ${folder}${keys}${flags}`)}`
}
