// A real browser for pages: the system's Chromium, offline. Whatever a page asks for besides its own file is counted and
// refused; messages of the console and violations of the page's policy are kept.
import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {chromium, type BrowserContext, type Page} from 'playwright-core'

const PLACES = [process.env['PIPELOCK_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of a Chromium, or undefined with a message: without one the pages are not tested in a browser. */
export function findChromium(): string | undefined {
  const found = PLACES.find((place) => place !== undefined && existsSync(place))
  if (found === undefined) process.stderr.write('no Chromium on this machine: the pages are not tested in a browser\n')
  return found
}

export interface Opened {
  readonly page: Page
  /** Requests besides that for the page itself. */
  readonly requests: readonly string[]
  /** Console messages of level error or warning, uncaught errors, violations of the policy. */
  readonly faults: readonly string[]
}

export interface Browser {
  open(file: string): Promise<Opened>
  close(): Promise<void>
}

export type Settings = Pick<
  NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>,
  'javaScriptEnabled' | 'colorScheme' | 'viewport' | 'permissions'
>

/** A browser with a profile of its own, which `close` removes. */
export async function startBrowser(executable: string, settings: Settings = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    viewport: {width: 1200, height: 900},
    ...settings,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  })
  return {
    async open(file) {
      const address = pathToFileURL(file).href
      const page = await context.newPage()
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
    async close() {
      await context.close()
      rmSync(profile, {recursive: true, force: true})
    },
  }
}
