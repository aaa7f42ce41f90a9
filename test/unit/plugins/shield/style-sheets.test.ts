// Which rules of a page's own style sheets hide a text: by every kind of selector, under the part of the cascade that decides.
import {describe, expect, test} from 'vitest'
import {page} from './shielding.js'

const TEXT = 'a text for nobody'
const isGone = (css: string, body: string): boolean =>
  !page(`<style>${css}</style>${body.replace('*', TEXT)}`).includes(TEXT)

describe('a rule hides', () => {
  test.each([
    ['[data-h]{display:none}', '<div data-h>*</div>'],
    ['div[data-h="1"]{display:none}', '<div data-h=1>*</div>'],
    ['[class^=foo]{display:none}', '<div class=foobar>*</div>'],
    ['[class$="bar"]{display:none}', '<div class=foobar>*</div>'],
    ["[class*='oba']{display:none}", '<div class=foobar>*</div>'],
    ['[class~=b]{display:none}', '<div class="a b">*</div>'],
    ['[lang|=en]{display:none}', '<div lang=en-GB>*</div>'],
    ['.z *{display:none}', '<div class=z><b>*</b></div>'],
    ['div:not(.v){display:none}', '<div>*</div>'],
    ['.o :is(.a){display:none}', '<div class=o><p class=a>*</p></div>'],
    ['.o :where(.b, .a){display:none}', '<div class=o><p class=a>*</p></div>'],
    [`${Array.from({length: 200}, (_, i) => `.n${i}`).join()},.a{display:none}`, '<p class=a>*</p>'],
    ['.s + .a{display:none}', '<b class=s></b><div class=a>*</div>'],
    ['.o{color:red;.a{display:none}}', '<div class=o><p class=a>*</p></div>'],
    ['.o{&.a{display:none}}', '<div class="o a">*</div>'],
    ['.x,.o{& > .a{display:none}}', '<div class=o><p class=a>*</p></div>'],
    ['.\\61{display:none}', '<div class=a>*</div>'],
    ['.md\\:a{display:none}', '<div class="md:a">*</div>'],
    ['.b{content:"}"}.a{display:none}', '<div class=a>*</div>'],
    ['.a{--x:none;display:var(--x)}', '<div class=a>*</div>'],
    ['.a{display:var(--y, none)}', '<div class=a>*</div>'],
    ['.a{display:var(--y)}:root{--x:none;--y:var(--x)}', '<div class=a>*</div>'],
    [':root{--x:none}', '<div style="display:var(--x)">*</div>'],
  ])('%s', (css, body) => expect(isGone(css, body)).toBe(true))
})

describe('a rule does not hide what it is not about', () => {
  test.each([
    ['div[data-h="1"]{display:none}', '<div data-h=2>*</div>'],
    ['[class^=""]{display:none}', '<div class=a>*</div>'],
    ['div:not(.v){display:none}', '<div class=v>*</div>'],
    ['.a:hover{display:none}', '<div class=a>*</div>'],
    ['.a::before{display:none}', '<div class=a>*</div>'],
    ['.o .a{display:none}', '<div class=a>*</div>'],
    ['*{opacity:0}', '<div class=a>*</div>'],
    ['@media print{.a{display:none}}', '<div class=a>*</div>'],
  ])('%s', (css, body) => expect(isGone(css, body)).toBe(false))
})

describe('what another rule shows', () => {
  test.each<[string, string, boolean]>([
    ['.a{display:none}.a{display:block}', '<div class=a>*</div>', false],
    ['.t{display:none}.t.active{display:block}', '<div class="t active">*</div>', false],
    ['.t.active{display:block}.t{display:none}', '<div class="t active">*</div>', false],
    ['.t{display:none}.t.active{display:block}', '<div class=t>*</div>', true],
    ['.a{display:none}', '<div class=a style="display:block">*</div>', false],
    ['.a{visibility:hidden}.a.b{visibility:visible}', '<div class="a b">*</div>', false],
    ['.a{opacity:0}.a.b{opacity:1}', '<div class="a b">*</div>', false],
    // of another property, weaker, not valid, or not certain to apply
    ['.a{display:none}.a{opacity:1}', '<div class=a>*</div>', true],
    ['.a{display:none}', '<div class=a style="opacity:1">*</div>', true],
    ['#x{display:none}.t{display:block}', '<div id=x class=t>*</div>', true],
    ['.a{display:none}.a{display:blok}', '<div class=a>*</div>', true],
    ['.a{display:none !important}.a.b{display:block}', '<div class="a b">*</div>', true],
    ['.a{display:none!important}', '<div class=a style="display:block">*</div>', true],
    ['.a{display:none!important;display:block}', '<div class=a>*</div>', true],
    ['.a{display:none}@supports (foo:bar){.a.b{display:block}}', '<div class="a b">*</div>', true],
    ['.a{display:none}@media (min-width:1px){.a.b{display:block}}', '<div class="a b">*</div>', true],
    ['.a{display:none}.s + .a.b{display:block}', '<div class="a b">*</div>', true],
    ['.a{display:none}.a.b{display:var(--x)}.c{--x:block}', '<div class="a b">*</div>', false],
    ['.a{display:none}.a.b{display:var(--x)}.c{--x:block}.d{--x:none}', '<div class="a b">*</div>', true],
  ])('%s %s', (css, body, gone) => expect(isGone(css, body)).toBe(gone))
})

test('hostile sheets cost no more than their length', () => {
  const sheets = [
    '&&{'.repeat(2_000),
    `[${'\\a1'.repeat(5_000)}{display:none}`,
    `${':is(.a,.b) '.repeat(500)}{display:none}`,
    Array.from({length: 2_000}, (_, i) => `p{display:none}.q:not(.z${i}){display:block}`).join(''),
    `.a{${'--x:var(--x) var(--x);'.repeat(500)}display:var(--x)}`,
  ]
  const body = `<div class=r>${'<i>x</i>'.repeat(500)}</div>`
  for (const css of sheets) expect(page(`<style>${css}</style>${body}`).endsWith(body)).toBe(true)
})
