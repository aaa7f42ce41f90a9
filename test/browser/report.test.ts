// The page of `pipelock report`, in a real browser: it verifies the receipts that stand in it by itself, says what it
// checked, and shows what agents and attackers chose as text.
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {ActionRecord} from '../../src/formats/action-receipt.js'
import {audit, type Browser, findChromium, type Opened, startBrowser, type Settings} from '../support/browser.js'
import {PIN, RECEIPT, rosterFile} from '../support/contract-store.js'
import {EvidenceReceipts, Log, testKey} from '../support/evidence.js'

const chromium = findChromium()
const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const HOSTILE = `</script><script>window.owned=1</script><img src=x onerror=window.owned=2>'"\`<!--\u202e`
/** A name of a file, which would hide the end of the element that holds the evidence. */
const SESSION = 'agent<!--<script>\u202e'
const one = testKey('one')
const two = testKey('two')

let folder = ''
let browser: Browser
const file = (name: string): string => join(folder, name)

function report(name: string, ...words: string[]): {readonly status: number | null; readonly out: string} {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    [entry, 'report', '--evidence', file(name), '--html', file(`${name}.html`), ...words],
    {cwd: folder, env: {PATH: process.env['PATH'] ?? '', HOME: folder}, encoding: 'utf8', timeout: 60_000},
  )
  // progress is printed when the machine is slow
  expect(stderr).toMatch(/^(?:verifying: [^\n]*\n?)*$/)
  return {status, out: stdout}
}

const key = ['--key', one.public.hex]

/** A log in which everything that traffic chooses is hostile, with a second session beside it. */
function evidence(name: string, change: (text: string) => string = (text) => text): void {
  mkdirSync(file(name))
  const log = new Log(one)
  for (let i = 0; i < 60; i++) {
    const blocked: Partial<ActionRecord> = {verdict: 'block', layer: HOSTILE, pattern: HOSTILE}
    log.receipt({
      actor: i % 2 === 0 ? 'coder' : HOSTILE,
      target: `https://h${i % 5}.example/${HOSTILE}`,
      ...(i % 6 === 0 ? blocked : {}),
    })
  }
  const gap =
    '{"lost_entries":12,"from":"2026-05-10T10:00:00Z","through":"2026-05-10T10:00:01Z","reason":"ENOSPC","resumed_after_seq":59}'
  log.entry('recovery', gap, HOSTILE, '').root().checkpoint()
  writeFileSync(join(file(name), 'evidence-proxy-0.jsonl'), change(log.text))
  const other = new Log(one, SESSION)
  other.receipt().evidenceReceipt({id: one.public.hex, key: one}).checkpoint()
  writeFileSync(join(file(name), `evidence-${SESSION}-0.jsonl`), other.text)
}

/** A log with the layers, contracts and long addresses of ordinary traffic. */
function layered(name: string, isBad: boolean): void {
  mkdirSync(file(name))
  const log = new Log(one)
  const layers = ['contract', 'core_dlp', 'ssrf_metadata', 'response_injection']
  for (let i = 0; i < 40; i++) {
    log.receipt({
      target: `https://api.example.com/projects/0123456789abcdef/issues?page=${i}`,
      layer: layers[i % 4] ?? '',
      pattern: i % 4 === 1 ? 'AWS Access Key ID' : '169.254.169.254 is an internal address',
      verdict: i % 5 === 0 ? 'warn' : 'block',
      policy_hash: 'ab'.repeat(32),
      contract_hash: `sha256:${'cd'.repeat(32)}`,
      active_manifest_hash: `sha256:${'ef'.repeat(32)}`,
      contract_generation: 3,
      contract_selector_id: `sha256:${'12'.repeat(32)}`,
    })
  }
  log.checkpoint()
  const text = isBad ? log.text.replace('"action_id":"action-33"', '"action_id":"action-34"') : log.text
  writeFileSync(join(file(name), 'evidence-proxy-0.jsonl'), text)
}

async function opened(name: string, settings?: Settings): Promise<Opened> {
  const result = await browser.open(file(`${name}.html`), settings)
  if (settings?.javaScriptEnabled !== false) await result.page.waitForSelector('#check-verdict')
  return result
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'report-'))
  if (chromium !== undefined) browser = await startBrowser(chromium)
})

afterAll(async () => {
  if (chromium !== undefined) await browser.close()
  rmSync(folder, {recursive: true, force: true})
})

describe.skipIf(chromium === undefined)('the page of a report', () => {
  test.each(['light', 'dark'] as const)(
    'verifies its receipts and shows hostile text as text, %s',
    async (colorScheme) => {
      const name = `good-${colorScheme}`
      evidence(name)
      const {status, out} = report(name, ...key)
      expect([status, out]).toEqual([0, expect.stringMatching(/^VERIFIED /) as string])
      const {page, requests, faults} = await opened(name, {colorScheme})
      const {PIPELOCK_SHOTS} = process.env
      if (PIPELOCK_SHOTS !== undefined)
        await page.screenshot({path: `${PIPELOCK_SHOTS}-${colorScheme}.png`, fullPage: true})
      expect(await page.textContent('h1')).toBe('Every chain verifies')
      expect(await page.textContent('#check-verdict')).toBe(
        '62 signatures of receipts checked in this browser under the key given to the command that wrote this page: all good',
      )
      expect(await page.isVisible('#check-static')).toBe(false)
      const text = await page.evaluate<string>('document.querySelector("main").textContent')
      expect(text).toContain('<img src=x onerror=window.owned=2>')
      expect(text).not.toMatch(/[\u202a-\u202e]/)
      expect(text).toContain('12 entries could not be written')
      const [computed] = /[0-9a-f]{64}/.exec((await page.textContent('#verifier-hash')) ?? '') ?? ['none']
      expect(out).toContain(`its verifier has sha256 ${computed}`)
      expect(await page.evaluate('window.owned')).toBeUndefined()
      expect(await page.locator('main img, main script, main style').count()).toBe(0)
      expect(await audit(page)).toEqual([])
      expect([requests, faults]).toEqual([[], []])
    },
  )

  test('names the receipt that was changed, as the command does', async () => {
    evidence('bad', (text) => text.replace('"action_id":"action-33"', '"action_id":"action-34"'))
    const {status, out} = report('bad', ...key, '--embed', '12')
    expect([status, out]).toEqual([1, expect.stringMatching(/^NOT VERIFIED /) as string])
    const {page, requests, faults} = await opened('bad')
    expect(await page.textContent('h1')).toBe('1 of 2 sessions does not verify')
    const {PIPELOCK_SHOTS} = process.env
    if (PIPELOCK_SHOTS !== undefined) await page.screenshot({path: `${PIPELOCK_SHOTS}-bad.png`})
    expect(await page.getAttribute('#check-verdict', 'data-ok')).toBe('false')
    const items = await page.locator('#check-result li').allTextContents()
    expect(items).toContainEqual(
      expect.stringMatching(
        /^proxy, receipts at seq 33 \(evidence-proxy-0\.jsonl, line 34\): signature_invalid: .*\(as the command found\)$/,
      ),
    )
    expect(items.every((item) => item.endsWith('(as the command found)'))).toBe(true)
    expect(await audit(page)).toEqual([])
    expect([requests, faults]).toEqual([[], []])
  })

  test('holds receipts to the key that its reader enters', async () => {
    evidence('keys')
    expect(report('keys').status).toBe(0)
    const {page, faults} = await opened('keys')
    expect(await page.textContent('h1')).toBe('Consistent, but no trusted key was given')
    expect(await page.textContent('#check-verdict')).toContain('nobody said whose key that is: all good')
    const checkAgain = async (text: string): Promise<string> => {
      const before = await page.$('#check-verdict, #check-result .bad')
      await page.fill('#keys-given', text)
      await page.click('#check-again')
      await before?.waitForElementState('hidden')
      await page.waitForSelector('#check-result .said')
      return (await page.textContent('#check-result .said')) ?? ''
    }
    expect(await checkAgain(two.public.hex)).toMatch(/did not verify in this browser, under the key entered here$/)
    expect(await checkAgain(one.public.hex)).toMatch(/^62 signatures .* under the key entered here: all good$/)
    expect(await checkAgain('abc')).toMatch(/^abc is not a public key/)
    expect(faults).toEqual([])
  })

  test('holds evidence receipts to the roster of the command, but not under a key of its reader', async () => {
    mkdirSync(file('roster'))
    const receipts = new EvidenceReceipts()
    receipts.add(RECEIPT)
    receipts.add(RECEIPT)
    writeFileSync(join(file('roster'), 'receipts.jsonl'), receipts.text)
    writeFileSync(file('roster.json'), rosterFile())
    const flags = ['--recursive', '--roster', file('roster.json'), '--roster-root-fingerprint', PIN]
    expect(report('roster', ...flags).status).toBe(0)
    const {page, faults} = await opened('roster')
    expect(await page.textContent('h1')).toBe('Every chain verifies')
    expect(await page.textContent('#check-verdict')).toBe(
      '2 signatures of receipts checked in this browser under the roster given to the command that wrote this page: all good',
    )
    expect(await page.textContent('#limits')).toContain(`--roster-root-fingerprint ${PIN} --recursive`)
    await page.fill('#keys-given', two.public.hex)
    await page.click('#check-again')
    await page.waitForSelector('#check-verdict[data-ok=false]')
    expect(await page.textContent('#check-result li')).toContain('signature_invalid')
    expect(faults).toEqual([])
  })

  test('verifies whole files that its reader chooses, in the order of their numbers', async () => {
    evidence('files')
    report('files', ...key, '--embed', '2')
    const {page, requests, faults} = await opened('files')
    expect(await page.textContent('#check-result')).toMatch(/In this page: \d receipts? of 62 receipts in the files/)
    const lines = readFileSync(join(file('files'), 'evidence-proxy-0.jsonl'), 'utf8').split(/(?<=\n)/)
    writeFileSync(file('evidence-proxy-0.jsonl'), lines.slice(0, 20).join(''))
    writeFileSync(file('evidence-proxy-20.jsonl'), lines.slice(20).join(''))
    const receipts = new EvidenceReceipts()
    receipts.add({id: one.public.hex, key: one})
    writeFileSync(file('bare.jsonl'), receipts.text)
    const choose = async (...names: string[]): Promise<string> => {
      await page.evaluate('document.getElementById("check-verdict").remove()')
      await page.setInputFiles('#check-files', names.map(file))
      await page.waitForSelector('#check-verdict')
      return (await page.textContent('#check-verdict')) ?? ''
    }
    expect(await choose('evidence-proxy-20.jsonl', 'evidence-proxy-0.jsonl', 'bare.jsonl')).toMatch(
      /^61 signatures .*all good; entries cut off the end would not show$/,
    )
    const {status} = spawnSync(process.execPath, [entry, 'verify-receipt', file('bare.jsonl'), ...key])
    expect(status).toBe(0)
    // a log without its first file is sound in itself, and is not called good
    expect(await choose('evidence-proxy-20.jsonl')).toMatch(/^The beginning of 1 log is missing: /)
    expect(await page.getAttribute('#check-verdict', 'data-ok')).toBe('false')
    writeFileSync(file('evidence-proxy-20.jsonl'), lines.slice(21).join(''))
    expect(await choose('evidence-proxy-20.jsonl', 'evidence-proxy-0.jsonl')).toMatch(/^1 of 1 part did not verify/)
    expect(await page.textContent('#check-result li')).toContain('recorder_chain_break')
    expect([requests, faults]).toEqual([[], []])
  })

  test('has a twin without a report, which the build makes, for files alone', async () => {
    evidence('twin')
    const path = fileURLToPath(new URL('../../dist/verifier/verify.html', import.meta.url))
    const {page, requests, faults} = await browser.open(path)
    expect(await page.textContent('#check-result')).toContain('choose files of evidence')
    expect(await page.textContent('#check-again')).toBe('Check with these keys')
    await page.click('#check-again')
    await page.waitForSelector('#check-result .bad')
    expect(await page.textContent('#check-result')).toBe('Nothing was checked: choose files of evidence first')
    expect(await page.textContent('#check-again')).toBe('Check with these keys')
    await page.setInputFiles('#check-files', join(file('twin'), 'evidence-proxy-0.jsonl'))
    await page.waitForSelector('#check-verdict[data-ok=true]')
    expect(await page.textContent('#check-again')).toBe('Check again with these keys')
    await page.fill('#keys-given', two.public.hex)
    await page.click('#check-again')
    await page.waitForSelector('#check-verdict[data-ok=false]')
    expect(await page.textContent('#check-result li')).toContain('checkpoint_invalid')
    expect(await audit(page)).toEqual([])
    expect([requests, faults]).toEqual([[], []])
  })

  test('verifies files that are dropped anywhere on it, and leaves dropped text alone', async () => {
    evidence('dropped')
    report('dropped', ...key)
    const {page, requests, faults} = await opened('dropped')
    const drop = (what: string): Promise<boolean> =>
      page.evaluate<boolean>(`(() => {
        const dataTransfer = new DataTransfer()
        ${what}
        const over = new DragEvent('dragover', {dataTransfer, bubbles: true, cancelable: true})
        const drop = new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true})
        const target = document.querySelector('h1')
        target.dispatchEvent(over)
        target.dispatchEvent(drop)
        return over.defaultPrevented && drop.defaultPrevented
      })()`)
    expect(await drop(`dataTransfer.setData('text/plain', 'x')`)).toBe(false)
    const text = readFileSync(join(file('dropped'), 'evidence-proxy-0.jsonl'), 'utf8')
    const add = (content: string): string =>
      `dataTransfer.items.add(new File([${JSON.stringify(content)}], 'evidence-proxy-0.jsonl'))`
    expect(await drop(add(text))).toBe(true)
    await page.locator('#check-verdict', {hasText: /^60 signatures/}).waitFor()
    expect(await page.getAttribute('#check-verdict', 'data-ok')).toBe('true')
    expect(await page.evaluate(`document.getElementById('check-files').files.length`)).toBe(1)
    expect(await drop(add(text.replace('"action_id":"action-33"', '"action_id":"action-34"')))).toBe(true)
    await page.waitForSelector('#check-verdict[data-ok=false]')
    expect(await page.locator('.dropping').count()).toBe(0)
    expect([requests, faults]).toEqual([[], []])
  })

  test('a chosen file that cannot be read leaves no verdict of what was checked before', async () => {
    evidence('gone')
    report('gone', ...key)
    const {page, faults} = await opened('gone')
    const path = join(file('gone'), 'evidence-proxy-0.jsonl')
    await page.setInputFiles('#check-files', path)
    await page.locator('#check-verdict', {hasText: /^60 signatures/}).waitFor()
    rmSync(path)
    await page.evaluate(`document.getElementById('check-files').dispatchEvent(new Event('change'))`)
    await page.waitForSelector('#check-result .bad')
    expect(await page.textContent('#check-result')).toMatch(/^Nothing was checked: a file could not be read/)
    expect(faults).toEqual([])
  })

  test('says so when what stands in it was changed after it was written', async () => {
    evidence('changed')
    report('changed', ...key)
    const page = readFileSync(file('changed.html'), 'utf8')
    const [line = ''] = /(?<=\[1,9,1,")[A-Za-z0-9+/=]+/.exec(page) ?? []
    const forged = Buffer.from(Buffer.from(line, 'base64').toString().replaceAll('allow', 'block')).toString('base64')
    expect(forged).not.toBe(line)
    writeFileSync(file('changed.html'), page.replace(line, forged))
    const {page: shown} = await opened('changed')
    expect(await shown.textContent('#check-verdict')).toContain('did not verify')
    expect(await shown.textContent('#check-result li')).toContain('was the page changed?')
    // a good heading, colour or title must not stay above them
    expect(await shown.textContent('h1')).toBe('The lines in this page do not verify')
    expect(await shown.getAttribute('.verdict', 'class')).toBe('verdict stop')
    expect(await shown.title()).toBe('Evidence report: The lines in this page do not verify')
  })

  test('agrees in number with a single entry', async () => {
    mkdirSync(file('single'))
    writeFileSync(join(file('single'), 'evidence-proxy-0.jsonl'), new Log(one).receipt().text)
    expect(report('single', ...key).status).toBe(0)
    const {page} = await opened('single')
    const text = (await page.evaluate<string>('document.querySelector("main").textContent')).replace(/\s+/g, ' ')
    expect(text).toContain('1 receipt and 1 entry in 1 session, 1 file')
    expect(text).toContain('nothing proves that the log is complete to the end')
    expect(text).toContain('1 line of the evidence with 1 of 1 accepted receipt stands in this page')
    expect(text).toContain('1 signature of receipts checked')
    expect(text).not.toMatch(/\b1 (?:entries|receipts|hosts|agents|files|sessions|lines|signatures|decisions)\b/)
  })

  test.each([
    ['every chain verifies', false, 'Every chain verifies'],
    ['a receipt was changed', true, 'The evidence does not verify'],
  ] as const)(
    '400 px wide, %s: does not scroll sideways, breaks no short word, has no tall rows',
    async (name, isBad, title) => {
      layered(name, isBad)
      report(name, ...key)
      const {page, faults} = await opened(name, {viewport: {width: 400, height: 800}})
      expect(await page.textContent('h1')).toBe(title)
      await page.evaluate(`for (const part of document.querySelectorAll('details')) part.open = true`)
      const [expected, there] = await page.evaluate<[number, number]>(
        `[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]`,
      )
      expect(expected).toBeLessThanOrEqual(there)
      const broken = await page.evaluate<string[]>(
        `[...document.querySelectorAll('#stopped tbody .w, #agents tbody .w')]
        .filter((cell) => cell.offsetHeight > 0 && [...cell.children].some((child) => child.getClientRects().length > 1))
        .map((cell) => cell.textContent)`,
      )
      expect(broken).toEqual([])
      const layers = await page.locator('#stopped td.w code').allTextContents()
      expect(layers).toEqual(expect.arrayContaining(['core_dlp', 'ssrf_metadata', 'AWS Access Key ID']))
      const heights = await page.evaluate<number[]>(
        `[...document.querySelectorAll('tr')].map((row) => row.offsetHeight)`,
      )
      expect(Math.max(...heights)).toBeLessThan(160)
      const marks = await page.evaluate<string[]>(
        `[...document.querySelectorAll('#stopped-list .mark')].map((mark) => mark.className)`,
      )
      expect(new Set(marks)).toEqual(new Set(['mark stop', 'mark look']))
      // a head stays in place above rows that scroll
      expect(await page.evaluate(`getComputedStyle(document.querySelector('#stopped thead th')).position`)).toBe(
        'sticky',
      )
      expect(await audit(page)).toEqual([])
      expect(faults).toEqual([])
    },
  )

  test('shows hashes in tables short, with a button that copies the whole hash', async () => {
    layered('hashes', false)
    report('hashes', ...key)
    const {page} = await opened('hashes', {permissions: ['clipboard-read', 'clipboard-write']})
    for (const part of ['#contracts', '#sessions', '#check-result']) {
      await page.evaluate(`for (const part of document.querySelectorAll('details')) part.open = true`)
      const hash = page.locator(`${part} code.hash.short`).first()
      const whole = (await hash.textContent()) ?? ''
      expect(whole).toMatch(/^(?:sha256:)?[0-9a-f]{64}$/)
      expect((await hash.boundingBox())?.width).toBeLessThan(150)
      await hash.locator('xpath=following-sibling::button').click()
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(whole)
    }
  })

  test('is narrow, printable, and readable without JavaScript', async () => {
    evidence('narrow')
    report('narrow', ...key)
    const {page} = await opened('narrow', {viewport: {width: 320, height: 640}})
    const [expected, there] = await page.evaluate<[number, number]>(
      `[document.documentElement.scrollWidth, document.documentElement.clientWidth]`,
    )
    expect(expected).toBeLessThanOrEqual(there)
    const {PIPELOCK_SHOTS} = process.env
    if (PIPELOCK_SHOTS !== undefined) await page.screenshot({path: `${PIPELOCK_SHOTS}-narrow.png`, fullPage: true})
    await page.emulateMedia({media: 'print'})
    expect([await page.isVisible('#check-again'), await page.isVisible('#check-verdict')]).toEqual([false, true])
    const pdf = await page.pdf({format: 'A4'})
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    if (PIPELOCK_SHOTS !== undefined) writeFileSync(`${PIPELOCK_SHOTS}.pdf`, pdf)
    const plain = await opened('narrow', {javaScriptEnabled: false})
    expect(await plain.page.isVisible('#check-static')).toBe(true)
    expect(await plain.page.isVisible('#panel')).toBe(false)
    expect(await plain.page.textContent('#sessions')).toContain('verified')
  })
})
