// A real browser for pages: the system's Chromium, offline. Requests besides that for the page itself are counted and
// refused; console messages and policy violations are recorded.
import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {pathToFileURL} from 'node:url'
import {chromium, type Browser as PlaywrightBrowser, type Page} from 'playwright-core'

const PLACES = [
  process.env['PIPELOCK_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Path of a Chromium, or undefined with a message: the page tests are then skipped. */
export function findChromium(): string | undefined {
  const path = PLACES.find((place) => place !== undefined && existsSync(place))
  if (path === undefined) process.stderr.write('no Chromium on this machine: the pages are not tested in a browser\n')
  return path
}

export interface Opened {
  readonly page: Page
  /** Requests besides that for the page itself. */
  readonly requests: readonly string[]
  /** Console messages of level error or warning, uncaught errors, violations of the policy. */
  readonly faults: readonly string[]
}

export type Settings = NonNullable<Parameters<PlaywrightBrowser['newContext']>[0]>

export interface Browser {
  /** Opens a file in a context of its own. */
  open(file: string, settings?: Settings): Promise<Opened>
  close(): Promise<void>
}

/** Nothing leaves the machine but what a page requests. */
export const BROWSER_ARGUMENTS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
]

/** A browser with a new profile, removed with it. */
export async function startBrowser(executable: string): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    args: [...BROWSER_ARGUMENTS],
  })
  return {
    async open(file, settings = {}) {
      const context = await browser.newContext({viewport: {width: 1200, height: 900}, ...settings})
      const page = await context.newPage()
      const address = pathToFileURL(file).href
      const requests: string[] = []
      const faults: string[] = []
      await page.route('**/*', async (route) => {
        const url = route.request().url()
        if (url === address) return route.continue()
        requests.push(url)
        return route.abort()
      })
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
      })
      page.on('pageerror', (error) => faults.push(String(error)))
      page.on('dialog', (dialog) => {
        faults.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      await page.goto(address)
      return {page, requests, faults}
    },
    close: () => browser.close(),
  }
}

let axeSource: string | undefined

/** The audit script runs beside the page, not in it, so that the page's policy stays active. */
export async function audit(page: Page): Promise<readonly string[]> {
  axeSource ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axeSource)
  const violations = await page.evaluate<{id: string; nodes: {html: string}[]}[]>(
    `axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)`,
  )
  return violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
}
