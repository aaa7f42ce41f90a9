// What the page of a report does when JavaScript runs: it verifies the lines that stand in it, or files that its reader
// chooses, with the linked verifier that stands before this script, and says what that was. It makes nodes and text, never
// markup: all that it shows may have been chosen by an attacker.

export const RECHECK = String.raw`
'use strict'
;(() => {
const data = JSON.parse(document.getElementById('evidence').textContent)
const panel = document.getElementById('panel')
const keysBox = document.getElementById('keys-given')
const button = document.getElementById('check-again')
const chooser = document.getElementById('check-files')
const bar = document.getElementById('check-progress')
const out = document.getElementById('check-result')
const show = verifier.printable

const make = (name, props, ...children) => {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(props)) {
    if (key === 'class') node.className = value
    else node.setAttribute(key, value)
  }
  node.append(...children)
  return node
}
const code = (text) => make('code', {}, show(text))
/** A cell with a hash that is cut on the screen. */
const hashCell = (text, before) => {
  const cell = make('td', {class: 'h'})
  if (text === '') return cell
  const node = make('code', {class: 'hash'}, show(text))
  cell.append(before, make('br', {}), node)
  shortenHash(node)
  return cell
}
const count = (n, noun) => String(n).replace(/\B(?=(\d{3})+$)/g, ' ') + ' ' + noun + (n === 1 ? '' : 's')
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

function* embedded(run) {
  for (const [file, line, terminated, text] of run) {
    yield {file: data.files[file], line, terminated: terminated === 1, tooLong: false, bytes: bytesOf(text)}
  }
}

/** Logs to judge: excerpts of the page, each as many runs as it has. */
const excerpts = () => data.units.flatMap((unit) =>
  unit.runs.map((run) => ({id: unit.id, isRecorder: unit.isRecorder, session: unit.isRecorder && unit.session !== '' ? unit.session : undefined,
    size: run.length, lines: () => embedded(run)})))

async function* linesIn(files) {
  for (const file of files) yield* verifier.linesOf(file.name, new Uint8Array(await file.arrayBuffer()))
}

/** Logs to judge: the chosen files, those of a session as one, in the order of their numbers. */
const chosen = async (files) => {
  const sessions = new Map()
  const logs = []
  for (const file of files) {
    const named = verifier.parseLogName(file.name)
    const first = new TextDecoder().decode(await file.slice(0, 4096).arrayBuffer())
    const isRecorder = named !== undefined || /^\s*\{"v":/.test(first)
    if (named === undefined) {
      logs.push({id: file.name, isRecorder, session: undefined, size: 0, lines: () => linesIn([file])})
      continue
    }
    const list = sessions.get(named.session) ?? []
    list.push({file, at: named.firstSeq})
    sessions.set(named.session, list)
  }
  for (const [session, list] of sessions) {
    list.sort((a, b) => (a.at < b.at ? -1 : 1))
    const own = list.map(({file}) => file)
    logs.push({id: session, isRecorder: true, session, size: 0, lines: () => linesIn(own)})
  }
  return logs
}

const isOfPage = (keys) => keys.length === data.keys.length && keys.every((key) => data.keys.includes(key))

let running = 0

const check = async (logs, isPage) => {
  const turn = ++running
  const read = verifier.readKeys(keysBox.value)
  out.replaceChildren()
  if (read.fault !== undefined) {
    out.append(make('p', {class: 'said bad'}, show(read.fault)))
    say('Nothing was checked: ' + show(read.fault))
    return
  }
  if (logs.length === 0) {
    refuse('Nothing was checked: choose files of evidence first')
    return
  }
  const keys = read.keys
  // whoever enters other keys trusts those, and not what the page brings
  const roster = data.roster !== null && isOfPage(keys) ? data.roster : undefined
  const total = logs.reduce((sum, log) => sum + log.size, 0)
  let done = 0
  bar.hidden = false
  bar.max = Math.max(1, total)
  bar.value = 0
  out.append(make('p', {class: 'note'}, 'Checking…'))
  const results = []
  for (const log of logs) {
    let at = 0
    const pause = async (lines) => {
      at = lines
      bar.value = done + at
      await new Promise((go) => setTimeout(go))
      // a newer run replaces this one
      if (turn !== running) throw new Error('replaced')
    }
    try {
      results.push({log, result: await verifier.verifyLines({lines: log.lines(), isRecorder: log.isRecorder, session: log.session, keys, roster, pause})})
    } catch (error) {
      if (turn !== running) return
      results.push({log, result: undefined, fault: String(error && error.message || error)})
    }
    done += log.size
  }
  if (turn !== running) return
  bar.hidden = true
  tell(results, keys, roster, isPage)
}

/** The heading of the command, its colour and its shape must not stand above lines that fail. */
const withdrawVerdict = () => {
  const text = 'The lines in this page do not verify'
  document.querySelector('h1').textContent = text
  document.querySelector('.verdict').className = 'verdict stop'
  document.title = 'Evidence report: ' + text
}

const tell = (results, keys, roster, isPage) => {
  const sum = (of) => results.reduce((all, {result}) => all + (result ? of(result) : 0), 0)
  const receipts = sum((r) => r.receipts + r.evidenceReceipts)
  const good = sum((r) => r.signatures.receipts + r.signatures.evidence)
  const unchecked = sum((r) => r.evidenceReceipts) - sum((r) => r.signatures.evidence)
  const bad = results.filter(({result}) => !result || !result.ok)
  // the lines of the page are excerpts; a chosen log is meant to be whole
  const headless = isPage ? [] : results.filter(({result}) => result && result.begins === 'in the middle')
  const isGiven = isOfPage(keys)
  const signers = keys.length === 0
    ? roster && sum((r) => r.receipts) === 0 ? '' : 'under the key that each receipt names; nobody said whose key that is'
    : isPage && isGiven
      ? 'under ' + (keys.length === 1 ? 'the key' : 'the ' + keys.length + ' keys') + ' given to the command that wrote this page'
      : 'under the ' + (keys.length === 1 ? 'key' : keys.length + ' keys') + ' entered here'
  const whose = [signers, roster ? 'under the roster given to the command that wrote this page' : ''].filter((text) => text !== '').join(', and ')
  out.replaceChildren()
  button.textContent = 'Check again with these keys'
  const headline = results.length === 0 || receipts + sum((r) => r.entries) === 0
    ? make('p', {class: 'said bad'}, 'No evidence was found in what was checked')
    : bad.length === 0 && headless.length > 0
      ? make('p', {class: 'said bad'}, 'The beginning of ' + count(headless.length, 'log') + ' is missing: ' + count(good, 'signature') + ' of receipts are good ' + whose + ', and what stood before them was not checked')
    : bad.length === 0
      ? make('p', {class: 'said good'}, count(good, 'signature') + ' of receipts checked in this browser ' + whose + ': all good' + (isPage ? '' : '; entries cut off the end would not show'))
      : make('p', {class: 'said bad'}, bad.length + ' of ' + count(results.length, 'part') + ' did not verify in this browser, ' + whose)
  headline.id = 'check-verdict'
  headline.dataset.ok = String(bad.length === 0 && headless.length === 0 && receipts > 0)
  // the command found nothing, and the lines that the page brings do not verify: the page is not what the command wrote
  if (isPage && isGiven && bad.length > 0 && data.failures.length === 0) withdrawVerdict()
  out.append(headline)
  if (isPage) out.append(make('p', {class: 'note'}, 'In this page: ' + count(receipts, 'receipt') + ' of ' + count(data.receipts, 'receipt') + ' in the files.' +
    (receipts < data.receipts ? ' For the rest, choose the files below, or verify with the command.' : '')))
  const faults = results.flatMap(({log, result, fault}) => result
    ? result.failures.map((failure) => ({id: log.id, ...failure})).concat(result.ok || result.failures.length > 0 ? [] : [{id: log.id, what: 'entries', reason: 'no_receipts', message: 'nothing to verify', seq: '0'}])
    : [{id: log.id, what: 'lines', reason: 'unreadable', message: fault, seq: '0'}])
  if (faults.length > 0) {
    const list = make('ul', {})
    for (const each of faults.slice(0, 50)) {
      const where = each.file === undefined ? '' : ' (' + show(each.file) + ', line ' + each.line + ')'
      const known = isPage && data.failures.some((f) => f.file === each.file && f.line === each.line && f.reason === each.reason)
      list.append(make('li', {}, code(each.id), ', ' + each.what + ' at seq ' + show(each.seq) + where + ': ', code(each.reason), ': ' + show(each.message),
        known ? ' (as the command found)' : isPage && isGiven ? ' (the command did not report this: was the page changed?)' : ''))
    }
    out.append(list)
    if (faults.length > 50) out.append(make('p', {class: 'note'}, 'and ' + (faults.length - 50) + ' more'))
  }
  if (isPage && isGiven) {
    const found = new Set(faults.map((f) => f.reason + ' ' + f.file + ' ' + f.line))
    const missing = data.failures.filter((f) => !found.has(f.reason + ' ' + f.file + ' ' + f.line))
    if (missing.length > 0) out.append(make('p', {class: 'note'}, count(missing.length, 'failure') + ' that the command names ' +
      (missing.length === 1 ? 'does' : 'do') + ' not show in these lines alone: ' + missing.slice(0, 10).map((f) => show(f.reason)).join(', ') + '.'))
  }
  const rows = results.slice(0, 300).map(({log, result}) => make('tr', {},
    make('th', {scope: 'row'}, code(log.id)),
    make('td', {class: 'n'}, result ? String(result.lines) : ''),
    make('td', {class: 'w'}, result ? result.begins : ''),
    make('td', {class: 'n'}, result ? String(result.receipts + result.evidenceReceipts) : ''),
    make('td', {class: 'n'}, result ? String(result.signatures.receipts + result.signatures.evidence) : ''),
    make('td', {class: 'n'}, result ? String(result.signatures.checkpoints) : ''),
    hashCell(result ? result.rootHash : '', result && result.finalSeq !== '' ? 'seq ' + result.finalSeq : ''),
    make('td', {class: 'w'}, make('span', {class: result && result.ok ? 'mark go' : 'mark stop'}, result && result.ok ? 'good' : 'failed'))))
  const heads = ['part', 'lines', 'begins', 'receipts', 'signatures good', 'checkpoints signed', 'last receipt', 'verdict']
  const table = make('table', {},
    make('thead', {}, make('tr', {}, ...heads.map((text, i) => make('th', {scope: 'col', class: [1, 3, 4, 5].includes(i) ? 'n' : ''}, text)))),
    make('tbody', {}, ...rows))
  const fold = make('details', {'data-print': ''}, make('summary', {}, 'Part by part'),
    make('div', {class: 'wrap', tabindex: '0', role: 'region', 'aria-label': 'What was checked, part by part'}, table))
  out.append(fold)
  out.append(make('p', {class: 'note'}, 'Checked: the form of every line, the hash of each entry and receipt (SHA-256), every link to the line and receipt before it, ' +
    'and the Ed25519 signature of each receipt over its canonical record' + (keys.length > 0 ? ', and of checkpoints' : '') + '.' +
    (unchecked > 0 ? ' Not checked: ' + count(unchecked, 'signature') + ' of evidence receipts, which name no key.' : '') +
    (results.some(({result}) => result && result.begins === 'in the middle') ? ' A part that begins in the middle is checked from its first line on; that line is taken at its word about what stood before.' : '')))
  for (const key of keys.slice(0, 20)) out.append(make('p', {class: 'note'}, 'Key ', code(key), ', fingerprint ', code(verifier.fingerprintOf(key))))
  say(headline.textContent)
}

panel.hidden = false
document.getElementById('check-static').hidden = true
keysBox.value = data.keys.join('\n')
document.getElementById('verifier-hash').textContent = verifier.sha256Hex(document.getElementById('verifier').textContent)
let last = {logs: excerpts(), isPage: true}
const again = () => check(last.logs, last.isPage)
button.addEventListener('click', again)

const refuse = (text) => {
  bar.hidden = true
  out.replaceChildren(make('p', {class: 'said bad'}, text))
  say(text)
}

const checkFiles = async (files) => {
  if (files.length === 0) return
  // a verdict on other lines must not stand beside the names of these files
  const turn = ++running
  last = {logs: [], isPage: false}
  out.replaceChildren()
  try {
    const logs = await chosen(files)
    if (turn !== running) return
    last = {logs, isPage: false}
  } catch {
    if (turn === running) refuse('Nothing was checked: a file could not be read. Choose the files of a folder, not the folder.')
    return
  }
  await again()
}
chooser.addEventListener('change', () => checkFiles([...chooser.files]))

// a file that is dropped beside the panel would replace the page, so all of the page takes files
const hasFiles = (event) => event.dataTransfer !== null && event.dataTransfer.types.includes('Files')
document.addEventListener('dragover', (event) => {
  if (!hasFiles(event)) return
  event.preventDefault()
  event.dataTransfer.dropEffect = 'copy'
  panel.classList.add('dropping')
})
document.addEventListener('dragleave', (event) => { if (event.relatedTarget === null) panel.classList.remove('dropping') })
document.addEventListener('drop', (event) => {
  if (!hasFiles(event)) return
  event.preventDefault()
  panel.classList.remove('dropping')
  chooser.files = event.dataTransfer.files
  panel.scrollIntoView({block: 'nearest'})
  checkFiles([...event.dataTransfer.files])
})
if (data.units.length > 0) again()
else out.append(make('p', {class: 'said'}, data.receipts > 0 ? 'This page holds no evidence: choose the files themselves.' : 'Enter the key that should have signed, and choose files of evidence.'))
})()
`
