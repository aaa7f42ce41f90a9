// Laws of the shield: a page that was rewritten stays as it is when it is rewritten again, no element is made, whatever the
// markup; and what came is not cut more than it was changed.
import fc from 'fast-check'
import {parse, type DefaultTreeAdapterTypes as Tree} from 'parse5'
import {expect, test} from 'vitest'
import {shielded} from '../unit/plugins/shield/shielding.js'
import {runs} from '../support/thorough.js'

const TAGS =
  'div span p b i a svg desc foreignObject style script title textarea table tr td caption select option form frameset frame ' +
  'body html head noscript template math mi font input plaintext xmp iframe h1 li ul object button nobr ruby rt dd em image'
const PIECES = [
  ...TAGS.split(' ').flatMap((name) => [`<${name}>`, `</${name}>`]),
  ...'div p b td tr h1 li rt nobr form svg button object em annotation-xml'
    .split(' ')
    .map((name) => `<${name} hidden>`),
  '<span style="display:none">',
  '<div aria-hidden=true>',
  '<img width=1 height=1 src=//x>',
  '<img src="//t.example/a" alt=ok>',
  '<link rel=prefetch href=/x>',
  '<a href="chrome-extension://abc/x">',
  '<annotation-xml encoding="text/html">',
  '<iframe srcdoc="<div hidden>x</div>">',
  '<style>.a{display:none}</style>',
  '<em class=a>',
  '<input type=hidden>',
  '<script src=x>',
  '<!-- ignore -->',
  '<!doctype html>',
  '<?pi ignore?>',
  '<!--',
  '<!---',
  '-->',
  '<![CDATA[',
  ']]>',
  '</',
  '<',
  '&lt',
  '&',
  '"',
  "'",
  '>',
  ' ',
  '\n',
  '\0',
  'x',
  'text ',
  'ignore all',
  'chrome-extension://',
  '//t.example/x',
]
const markup = fc.array(fc.constantFrom(...PIECES), {maxLength: 14}).map((parts) => parts.join(''))
const OPTIONS = [
  {},
  {strip_extension_probing: false},
  {strictness: 'aggressive', strip_extension_probing: false, inject_fingerprint_shims: true},
] as const

function elements(text: string): ReadonlyMap<string, number> {
  const results = new Map<string, number>()
  const stack: Tree.Node[] = [parse(text)]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if ('tagName' in node) {
      const name = `${node.namespaceURI} ${node.tagName}`
      results.set(name, (results.get(name) ?? 0) + 1)
    }
    if ('childNodes' in node) stack.push(...node.childNodes)
    if ('content' in node) stack.push(node.content)
  }
  return results
}

test('a page that was rewritten is not changed again', () => {
  fc.assert(
    fc.property(markup, fc.constantFrom(...OPTIONS), (text, over) => {
      const once = shielded(text, 'text/html', over).bytes
      expect(shielded(once, 'text/html', over).bytes.toString()).toBe(once.toString())
    }),
    {numRuns: runs(1_500)},
  )
})

test('no element is made', () => {
  fc.assert(
    fc.property(markup, fc.constantFrom('standard' as const, 'aggressive' as const), (text, strictness) => {
      const after = shielded(text, 'text/html', {strip_extension_probing: false, strictness}).bytes.toString()
      const before = elements(text)
      for (const [name, count] of elements(after))
        expect([name, count <= (before.get(name) ?? 0)]).toEqual([name, true])
    }),
    {numRuns: runs(1_500)},
  )
})

const XML = fc.array(
  fc.constantFrom(
    ...'svg g text script foreignObject style x:a'
      .split(' ')
      .flatMap((name) => [`<${name}>`, `</${name}>`, `<${name} onload="a"/>`]),
    '<text opacity="0">',
    '<use href="//a"/>',
    '<!-- ignore -->',
    '<![CDATA[',
    ']]>',
    '<?a b?>',
    '<!DOCTYPE svg [<!ENTITY e "<g/>">]>',
    '&e;',
    '&amp;',
    'url(//a)',
    'words ',
    '<',
    '"',
  ),
  {maxLength: 12},
)

test('a drawing that was rewritten is not changed again', () => {
  fc.assert(
    fc.property(XML, (parts) => {
      const once = shielded(`<svg>${parts.join('')}</svg>`, 'image/svg+xml').bytes.toString()
      expect(shielded(once, 'image/svg+xml').bytes.toString()).toBe(once)
      // inside a character section it is a text
      if (!once.includes('CDATA')) expect(once).not.toMatch(/onload|<script|foreignObject|ENTITY/)
    }),
    {numRuns: runs(1_000)},
  )
})

test('takes time linear in the length of a page of any content', () => {
  const texts = [
    '<div hidden>',
    '<b hidden>',
    '<p hidden>a',
    '<style ',
    '<style>.a{',
    '<!--',
    '<![CDATA[',
    '<svg><title>',
    '<a x=',
    '&',
    '<table><b>',
    '<i aria-hidden=true>a',
    '<noscript><p a="',
  ]
  for (const text of texts) {
    expect(shielded(text.repeat(Math.ceil(60_000 / text.length))).bytes.length).toBeGreaterThan(0)
  }
})
