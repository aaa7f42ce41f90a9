import {describe, expect, test} from 'vitest'
import {readableText} from '../../../src/transports/html-text.js'

const content = (html: string): string | undefined => readableText(html)?.content

describe('readableText', () => {
  test('prefers the main region when it says enough', () => {
    const long = 'A sentence that is long enough to be the content of a page. '.repeat(3)
    expect(content(`<div>around</div><main><p>${long}</p></main>`)).toBe(long.trim())
    expect(content('<div>around</div><main></main>')).toBe('around')
  })

  test('drops lists of links, unless nothing else is there', () => {
    const links = '<ul>' + '<li><a href=x>link text</a></li>'.repeat(5) + '</ul>'
    expect(content(`<p>words</p>${links}`)).toBe('words')
    expect(content(links)).toBe(Array<string>(5).fill('- link text').join('\n'))
  })

  test('decodes entities and keeps no markup', () => {
    expect(content('<p>&lt;script&gt;&nbsp;&eacute;&#x41;</p>')).toBe('<script>\u00a0éA')
  })

  test('leaves out what a reader does not see', () => {
    for (const hidden of [
      '<p hidden>x</p>',
      '<p aria-hidden=true>x</p>',
      '<p style="DISPLAY:none">x</p>',
      '<p style="visibility : hidden">x</p>',
      '<template>x</template>',
      '<noscript>x</noscript>',
      '<!-- x -->',
      '<svg><text>x</text></svg>',
    ]) {
      expect(content(`<p>seen</p>${hidden}`)).toBe('seen')
    }
  })

  test('keeps what no reader sees apart, once', () => {
    const html = [
      '<head><meta name=d content="in meta"><script>in script</script><style>in style</style></head>',
      '<p>seen</p><!-- in comment --><template><b>in template</b></template><noscript>in noscript</noscript>',
      '<div hidden>in hidden <i style="display:none">in both</i></div><img alt="in alt" data-x="in data" src="x">',
    ].join('')
    expect(readableText(html)?.hidden.split('\n')).toEqual([
      'in meta',
      'in script',
      'in style',
      'in comment',
      'in template',
      'in noscript',
      'in hidden in both',
      'in alt',
      'in data',
    ])
  })

  test('is deterministic and total', () => {
    expect(readableText('')).toEqual({title: '', content: '', hidden: ''})
    expect(readableText('<title>a\n b</title>x')).toEqual({title: 'a b', content: 'x', hidden: ''})
    expect(readableText('<p>a<p>b<br>c')).toEqual(readableText('<p>a<p>b<br>c'))
    expect(content('<p>a<p>b<br>c')).toBe('a\n\nb\nc')
  })

  test('refuses documents beyond its bounds', () => {
    expect(readableText('<div>'.repeat(513))).toBeUndefined()
    expect(readableText('<p>x</p>'.repeat(300), {maxNodes: 100, maxDepth: 512})).toBeUndefined()
    expect(content('<b>'.repeat(100_000) + 'x')).toBeUndefined()
  })
})
