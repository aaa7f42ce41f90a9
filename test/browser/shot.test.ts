import {writeFileSync} from 'node:fs'
import {test} from 'vitest'
import {findChromium, startBrowser} from '../support/browser.js'
import {ordinaryCaptures, reviewHtml, writeCandidate} from '../support/review-pages.js'
test('shots', async () => {
  const {candidate} = writeCandidate('/tmp/htmlshots', ordinaryCaptures())
  writeFileSync('/tmp/htmlshots/review.html', reviewHtml(candidate))
  for (const [name, settings] of [['light', {}], ['dark', {colorScheme: 'dark'}], ['narrow', {viewport: {width: 320, height: 1400}}]] as const) {
    const browser = await startBrowser(findChromium() ?? '', {viewport: {width: 1100, height: 1400}, ...settings})
    const {page} = await browser.open('/tmp/htmlshots/review.html')
    await page.screenshot({path: `/tmp/htmlshots/${name}-1.png`})
    if (name !== 'narrow') await page.locator('#rules .item > summary').nth(0).click()
    await page.locator('#rules').scrollIntoViewIfNeeded()
    await page.evaluate('document.getElementById("rules").scrollIntoView()')
    await page.screenshot({path: `/tmp/htmlshots/${name}-2.png`})
    await page.evaluate('document.getElementById("growth").scrollIntoView()')
    await page.screenshot({path: `/tmp/htmlshots/${name}-3.png`})
    await browser.close()
  }
})
