// The page of a review in a real browser: offline, by keyboard, without JavaScript, on paper, small, light and dark.
import {readFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Page} from 'playwright-core'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {audit, type Browser, findChromium, startBrowser} from '../support/browser.js'
import {
  HOSTILE_MARK,
  hostileCandidate,
  ordinaryCaptures,
  reviewHtml,
  shadowReportOf,
  writeCandidate,
} from '../support/review-pages.js'

const chromium = findChromium()

let folder = ''
let ordinary = ''
let hostile = ''
let browser: Browser

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'))
  const {candidate, contractHash} = writeCandidate(folder, ordinaryCaptures())
  const shadow = join(folder, 'shadow.json')
  writeFileSync(shadow, shadowReportOf(contractHash))
  ordinary = join(folder, 'ordinary.html')
  writeFileSync(ordinary, reviewHtml(candidate, {shadow}))
  hostile = join(folder, 'hostile.html')
  writeFileSync(hostile, reviewHtml(hostileCandidate(folder)))
  if (chromium !== undefined) browser = await startBrowser(chromium)
})

afterAll(async () => {
  if (chromium !== undefined) await browser.close()
  rmSync(folder, {recursive: true, force: true})
})

const verdict = (page: Page): Promise<unknown> => page.evaluate(`document.getElementById('said').textContent`)

const openAll = (page: Page): Promise<unknown> =>
  page.evaluate(`for (const part of document.querySelectorAll('details')) part.open = true`)

describe.skipIf(chromium === undefined)('the review page', () => {
  test.each(['light', 'dark'] as const)(
    'offline, quiet and without a violation of accessibility, %s',
    async (scheme) => {
      const {page, requests, faults} = await browser.open(ordinary, {colorScheme: scheme})
      await openAll(page)
      await page.waitForSelector('#rules .cmd button')
      expect(await audit(page)).toEqual([])
      expect(requests).toEqual([])
      expect(faults).toEqual([])
      expect(await page.title()).toContain('coder')
      const paper = await page.evaluate<string>(`getComputedStyle(document.body).backgroundColor`)
      expect(paper).toBe(scheme === 'light' ? 'rgb(252, 252, 251)' : 'rgb(19, 22, 25)')
    },
  )

  test('by keyboard alone: skip link, filter, unfold, copy', async () => {
    const {page, faults} = await browser.open(ordinary, {permissions: ['clipboard-read', 'clipboard-write']})
    const focused = (what: string): Promise<unknown> => page.evaluate(`document.activeElement?.${what}`)
    await page.keyboard.press('Tab')
    expect(await focused('className')).toBe('skip')
    let steps = 0
    const tabTo = async (condition: string): Promise<void> => {
      for (; steps < 400; steps++) {
        await page.keyboard.press('Tab')
        if (await page.evaluate(`document.activeElement !== null && (${condition})`)) return
      }
      throw new Error(`never reached: ${condition}`)
    }
    await tabTo(`document.activeElement.id === 'rule-filter'`)
    await page.keyboard.type('projects POST')
    await expect
      .poll(() => page.evaluate(`document.querySelector('#rules [data-count]').textContent`))
      .toMatch(/^1 of /)
    // the rule for POST: those for every method and by action are copies of it
    expect(await page.locator('#rules .item:visible').count()).toBe(1)
    await tabTo(`document.activeElement.closest('.item') !== null`)
    expect(await focused(`closest('.item').open`)).toBe(false)
    await page.keyboard.press('Enter')
    expect(await focused(`closest('.item').open`)).toBe(true)
    await tabTo(`document.activeElement.tagName === 'BUTTON'`)
    const shown = await focused(`parentElement.querySelector('code').textContent`)
    await page.keyboard.press('Enter')
    await expect.poll(() => verdict(page)).toBe('Copied')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown)
    expect(faults).toEqual([])
  })

  test('sorts, chooses by flag, and says so', async () => {
    const {page} = await browser.open(ordinary)
    const events = (): Promise<number[]> =>
      page.evaluate(`[...document.querySelector('#rules .list').children].map((item) => Number(item.dataset.events))`)
    await page.selectOption('#rule-sort', 'events down')
    const sorted = await events()
    expect(sorted).toEqual(sorted.toSorted((a, b) => b - a))
    await expect.poll(() => verdict(page)).toMatch(/^Sorted by events/)
    await page.selectOption('#rule-flag', 'tunnel')
    expect(await page.locator('#rules .item:visible').count()).toBe(1)
    await page.selectOption('#rule-flag', 'new-blocks')
    expect(await page.locator('#rules .item:visible').count()).toBe(1)
  })

  test('without JavaScript everything is there and nothing pretends to work', async () => {
    const {page, faults} = await browser.open(ordinary, {javaScriptEnabled: false})
    expect(await page.locator('.tools:visible').count()).toBe(0)
    expect(await page.locator('button').count()).toBe(0)
    const first = page.locator('#rules .item').first()
    await first.locator('summary').click()
    expect(await first.locator('.body').isVisible()).toBe(true)
    expect(await first.locator('.cmd code').first().isVisible()).toBe(true)
    expect(faults).toEqual([])
  })

  test.each([
    ['a width of 320', {viewport: {width: 320, height: 640}}],
    ['200 % of 1280', {viewport: {width: 640, height: 512}}],
  ])('no sideways scroll at %s', async (_name, settings) => {
    const {page} = await browser.open(ordinary, settings)
    await openAll(page)
    const [expected, there] = await page.evaluate<[number, number]>(
      `[document.documentElement.scrollWidth, document.documentElement.clientWidth]`,
    )
    expect(expected).toBeLessThanOrEqual(there)
  })

  test('on paper: sections unfolded, tools and buttons gone', async () => {
    const {page} = await browser.open(ordinary)
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    await page.emulateMedia({media: 'print'})
    expect(await page.locator('details[data-print]:not([open])').count()).toBe(0)
    expect(await page.locator('.tools:visible, button:visible, nav:visible').count()).toBe(0)
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`)
    expect(await page.locator('details[data-print]:not([open])').count()).toBeGreaterThan(0)
    expect((await page.pdf()).length).toBeGreaterThan(10_000)
  })

  test('a hostile candidate runs nothing and is shown as text', async () => {
    const {page, requests, faults} = await browser.open(hostile)
    await openAll(page)
    expect(await audit(page)).toEqual([])
    expect(await page.evaluate('window.owned')).toBeUndefined()
    expect(await page.locator('main img, main script, main style, main iframe').count()).toBe(0)
    expect(await page.locator(`a:not([href^="#"])`).count()).toBe(0)
    const text = await page.evaluate<string>('document.body.textContent')
    expect(text).toContain(HOSTILE_MARK)
    expect(text).toContain(String.raw`\u{202e}`)
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u0000]/)
    expect(requests).toEqual([])
    expect(faults).toEqual([])
    const [expected, there] = await page.evaluate<[number, number]>(
      `[document.documentElement.scrollWidth, document.documentElement.clientWidth]`,
    )
    expect(expected).toBeLessThanOrEqual(there)
  })

  test('the policy refuses what the page does not bring', async () => {
    const broken = join(folder, 'broken.html')
    writeFileSync(
      broken,
      readFileSync(ordinary, 'utf8').replace(
        '</main>',
        '<script>window.owned = 1</script><b style="color:red">x</b></main>',
      ),
    )
    const {page, faults} = await browser.open(broken)
    expect(await page.evaluate('window.owned')).toBeUndefined()
    expect(faults.some((fault) => fault.includes('Content Security Policy'))).toBe(true)
  })
})
