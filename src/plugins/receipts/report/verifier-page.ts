// The verifier with nothing to report: a page for whoever has files of evidence and a key. The build makes it.
import {pageText} from '../../../lib/page/document.js'
import {html} from '../../../lib/page/markup.js'
import {checkPanel} from './check-part.js'
import {RECHECK} from './recheck-script.js'

/** `verifier`: the linked offline verifier, without its exports. */
export function verifierPage(verifier: string): string {
  return pageText({
    title: 'Verify files of evidence',
    scripts: [{text: verifier, id: 'verifier'}, {text: RECHECK}],
    data: {id: 'evidence', value: {keys: [], roster: null, receipts: 0, files: [], units: [], failures: []}},
    body: html`<header><h1>Verify files of evidence</h1></header>
      <p id="check-static">This page works by JavaScript, which did not run.</p>
      ${checkPanel(
        html`<p class="note">
          Choose all files of a session at once: <code>evidence-SESSION-N.jsonl</code>. They are read on this machine;
          no request is made. Without a key receipts are held to the keys that they name, which anybody can make.
        </p>`,
      )}
      <p class="note">
        The verifier in this page has the SHA-256 <code id="verifier-hash">(computed when JavaScript runs)</code>. It
        says how a log hangs together and who signed it, not that nothing was removed from its end: compare the last
        receipt with one that was kept elsewhere.
      </p>`,
  })
}
