// The kit of the pages: no value becomes markup, and a page asks for nothing.
import {describe, expect, test} from 'vitest'
import {growthChart, intervalChart} from '../../../src/lib/page/charts.js'
import {pageText} from '../../../src/lib/page/document.js'
import {type Child, html, markupText} from '../../../src/lib/page/markup.js'
import {sha256} from '../../../src/lib/hash.js'

const HOSTILE = `<script>alert(1)</script>"'\`><img src=x onerror=alert(1)></style>&amp;`

describe('markup', () => {
  test('strings are escaped in text and in attributes', () => {
    const text = markupText(html`<b title="${HOSTILE}">${HOSTILE}</b>`)
    expect(text.match(/</g)).toHaveLength(2)
    expect(text.match(/"/g)).toHaveLength(2)
    expect(text).not.toMatch(/['`]/)
    expect(text).toContain('&amp;amp;')
  })

  test('control, invisible and bidirectional characters are seen', () => {
    expect(markupText(html`${'a\u202eb\u0000c\u200bd\ud800'}`)).toBe('a\\u{202e}b\\x00c\\u{200b}d\ufffd')
  })

  test('markup stays, lists are joined, nothing is nothing', () => {
    const items: Child[] = ['<', html`<i>${1}</i>`, undefined, false, ['x', html`<br />`]]
    expect(markupText(html`<p>${items}</p>`)).toBe('<p>&lt;<i>1</i>x<br /></p>')
  })

  test('an object that only looks like markup is none', () => {
    const forged = {html: '<b>', toString: () => '<b>'} as unknown as string
    expect(() => markupText(html`${forged}`)).toThrow()
  })

  test('no value where escaping is not enough', () => {
    expect(() => html`<a class=${'x'}></a>`).toThrow(/no value may follow/)
    expect(() => html`<a href="${'javascript:x'}"></a>`).toThrow(/no value may follow/)
    expect(() => html`<a href="#${'x'}"></a>`).toThrow(/no value may follow/)
    expect(() => html`<p onclick="${'x'}"></p>`).toThrow(/no value may follow/)
    expect(() => html`<p style="color:${'x'}"></p>`).toThrow(/no value may follow/)
    expect(
      () =>
        html`<script>
          ${'x'}
        </script>`,
    ).toThrow(/no value may follow/)
    expect(
      () =>
        html`<style>
          ${'x'}
        </style>`,
    ).toThrow(/no value may follow/)
  })
})

describe('a page', () => {
  const page = pageText({title: HOSTILE, body: html`<h1>${HOSTILE}</h1>`})

  test('lets one script and one style run, by their hashes', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    expect(policy).toMatch(/^default-src 'none'; /)
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    for (const [name, pattern] of [
      ['script', /<script>([\s\S]*?)<\/script>/g],
      ['style', /<style>([\s\S]*?)<\/style>/g],
    ] as const) {
      const match = [...page.matchAll(pattern)]
      expect(match).toHaveLength(1)
      expect(policy).toContain(`${name}-src 'sha256-${sha256(match[0]?.[1] ?? '').toString('base64')}'`)
    }
  })

  test('asks for nothing and makes no markup of text', () => {
    expect(page).not.toMatch(/<(?:link|img|iframe|object|embed|base|form|audio|video)\b|@import|url\(|<[^>]*\ssrc=/)
    expect(page).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function/)
    expect(page.match(/href="[^"]*"/g)).toEqual(['href="#content"'])
  })
})

test('an interval is drawn inside its scale and told in words', () => {
  const text = markupText(
    intervalChart({low: -1, high: 2, point: 0.5, marks: [0.1, 0.5], tone: 'good', text: 'seen in "5" of 10'}),
  )
  expect(text).toContain('x="4.0" y="5" width="152.0"')
  expect(text).toContain('cx="80.0"')
  expect(text).toContain('aria-label="seen in &quot;5&quot; of 10"')
})

test('growth has few points however many steps', () => {
  const values = Array.from({length: 5000}, (_, i) => i + 1)
  const chart = {average: values, observed: values, expected: 6000, text: 'x', axis: {x: 'x', y: 'y'}}
  const text = markupText(growthChart(chart))
  expect(text.length).toBeLessThan(12_000)
  expect(text).toContain('>6000</text>')
  expect(markupText(growthChart({...chart, average: [], observed: []}))).toContain('M48.0')
})

describe('scripts of a page', () => {
  const body = html`<p></p>`

  test('run by their hashes, and none that would end its element', () => {
    const page = pageText({title: 't', body, scripts: [{text: 'let a = 1', id: 'one'}]})
    expect(page).toContain('<script id="one">let a = 1</script>')
    expect(page).toContain(`'sha256-${sha256('let a = 1').toString('base64')}'`)
    for (const text of ['a</script>', '"<!--"', '<SCRIPT']) {
      expect(() => pageText({title: 't', body, scripts: [{text}]})).toThrow(/would end its element/)
    }
    expect(() => pageText({title: 't', body, scripts: [{text: '1', id: '"><b'}]})).toThrow(/id/)
  })

  test('read values that cannot leave their element, nor reorder what is read', () => {
    const value = {[HOSTILE]: [`</script><!--<script>`, '\u202e', 'é', 1]}
    const page = pageText({title: 't', body, data: {id: 'evidence', value}})
    const [, text = ''] = /<script type="application\/json" id="evidence">([^]*?)<\/script>/.exec(page) ?? []
    expect(JSON.parse(text)).toEqual(value)
    expect(text).not.toMatch(/[<\u202e]/)
    expect(() => pageText({title: 't', body, data: {id: 'A B', value: 1}})).toThrow(/id/)
  })
})
