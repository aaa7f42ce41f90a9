// Pages behind the shield, in a real browser: what was seen is seen, what was hidden is not there, scripts go on, and
// nothing runs that did not run before.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findChromium, startBrowser, type Browser, type Opened} from '../support/browser.js'
import {shielded} from '../unit/plugins/shield/shielding.js'

const chromium = findChromium()

describe.runIf(chromium !== undefined)('a page behind the shield', () => {
  let browser: Browser
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-shield-'))
  beforeAll(async () => {
    browser = await startBrowser(chromium ?? '')
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, {recursive: true})
  })

  let files = 0
  async function open(bytes: string | Buffer, extension = 'html'): Promise<Opened> {
    const file = join(folder, `${++files}.${extension}`)
    writeFileSync(file, bytes)
    return browser.open(file)
  }

  const PAGE =
    '<!doctype html><html><head><meta charset=utf-8><title>t</title><style>.off{display:none}</style></head><body>' +
    '<main><h1>Größe 世界</h1><p>Seen <b>text</b><span hidden>hidden one</span> &amp; more.</p><p class=off>hidden two</p>' +
    '<div style="position:absolute;left:-9999px">hidden three</div><ul><li>a<li hidden>hidden four<li>b</ul></main>' +
    '<img width=1 height=1 src=https://pixel.example/p><img src="chrome-extension://abc/x.png">' +
    '<script>var done=[]\nnavigator.sendBeacon("https://pixel.example/b", "x")\ndone.push("beacon")\n' +
    'var r=new XMLHttpRequest();try{r.open("GET","chrome-ext"+"ension://abc/m.json")}catch(e){done.push(e.name)}\n' +
    'fetch("moz-ext"+"ension://abc").catch(function(e){done.push(e.name)})</script></body></html>'

  test('shows what was to be seen, and nothing else', async () => {
    const before = await open(PAGE)
    const after = await open(shielded(PAGE).bytes)
    const observed = await before.page.innerText('main')
    // to the browser what stands far outside is seen
    expect(await after.page.innerText('main')).toBe(observed.replace('hidden three\n', ''))
    expect(await before.page.evaluate<number>('document.body.textContent.split("hidden").length')).toBe(5)
    expect(await after.page.evaluate<number>('document.body.textContent.split("hidden").length')).toBe(1)
    expect(before.requests).toContain('https://pixel.example/p')
    expect(after.requests).toEqual([])
    await after.page.waitForFunction('done.length === 3')
    expect(await after.page.evaluate<string[]>('done')).toEqual(['beacon', 'SyntaxError', 'TypeError'])
  })

  const OWNED = '<img src=x onerror="window.owned=1">'

  test.each([
    ['a drawing that a hidden element ends', `<svg><div hidden>a</div><style>${OWNED}</style>`],
    ['a text that joins a tag', `<p>a<<b hidden>x</b>img src=x onerror=window.owned=1>`],
    [
      'a hidden end of a raw text',
      `<noscript><b hidden>x</noscript><p title="</noscript>${OWNED.replaceAll('"', "'")}">`,
    ],
    ['a comment that begins inside', `<div hidden>x<!--</div>--><p title="-->${OWNED.replaceAll('"', "'")}">y`],
    ['a table', `<table><tr hidden><td>x<style></table>${OWNED}</style>`],
    ['a select', `<select hidden><option>x<script></select>${OWNED}</script>`],
    ['a template', `<template hidden>x${OWNED}</template>`],
  ])('%s runs nothing', async (_name, markup) => {
    for (const text of [markup, shielded(markup).bytes]) {
      const {page} = await open(text)
      expect(await page.evaluate<boolean>('window.owned === undefined')).toBe(true)
    }
  })

  test('a drawing runs nothing and asks for nothing', async () => {
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" onload="window.owned=1"><script>window.owned=1' +
      '</script><x:a/><image x:href="https://pixel.example/i.png"/><rect width="9" height="9" fill="url(https://pixel.example/f#a)"/>' +
      '<style>@import "https://pixel.example/c.css";</style><text y="9">seen</text><text opacity="0">hidden</text></svg>'
    const before = await open(drawing, 'svg')
    expect(await before.page.evaluate<number>('window.owned')).toBe(1)
    const after = await open(shielded(drawing, 'image/svg+xml').bytes, 'svg')
    expect(await after.page.evaluate<string>('document.documentElement.textContent.trim()')).toBe('seen')
    expect(await after.page.evaluate<boolean>('window.owned === undefined')).toBe(true)
    expect(after.requests).toEqual([])
  })
})
