// Mutants of a signed JSON document, one per class of fault, with the verdict that the format prescribes for the class.
// The verdicts are written by hand; no verifier is consulted.
import {secondJson, type Node} from './second-json.js'
import type {SignedDocument} from './signed-documents.js'

export interface Mutant {
  readonly kind: string
  readonly bytes: Buffer
  readonly accepted: boolean
  /** The codes that the format allows, where it names them for the class. */
  readonly codes?: readonly string[]
}

interface Place {
  readonly node: Node
  readonly path: string
}

const MALFORMED = ['malformed_json', 'invalid_utf8', 'trailing_tokens']

/** A small seeded generator, so that a failing run can be repeated. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export function* mutants(document: SignedDocument, next: () => number): Generator<Mutant> {
  const {bytes, fixedForm = false} = document
  const from = (at: number, to: number, text: string | Buffer): Buffer =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from(text), bytes.subarray(to)])
  const refused = (kind: string, mutant: Buffer, codes?: readonly string[]): Mutant => ({
    kind,
    bytes: mutant,
    accepted: false,
    ...(codes && !fixedForm && {codes: document.oneCode === undefined ? codes : [document.oneCode]}),
  })
  /** The same value in another spelling: only a format with one spelling refuses it. */
  const respelled = (kind: string, mutant: Buffer): Mutant => ({kind, bytes: mutant, accepted: !fixedForm})
  const roots: (readonly [Node, number])[] = []
  if (fixedForm) {
    for (let at = 0; at < bytes.length; at = bytes.indexOf(10, at) + 1)
      roots.push([secondJson(bytes.subarray(at, bytes.indexOf(10, at))), at])
  } else roots.push([secondJson(bytes, false), 0])

  for (const [root, base] of roots) {
    for (const {node, path} of walk(root, '')) {
      const isExt = /^ext(\.|$)/.test(path) && !fixedForm
      const whole = bytes.subarray(base + node.from, base + node.to).toString('utf8')
      const replace = (text: string | Buffer): Buffer => from(base + node.from, base + node.to, text)
      const changed = (kind: string, text: string | Buffer): Mutant =>
        isExt ? {kind, bytes: replace(text), accepted: true} : refused(kind, replace(text))
      if (node.type === 'object') {
        const texts = node.members.map((m) =>
          bytes.subarray(base + m.nameSpan.from, base + m.value.to).toString('utf8'),
        )
        const object = (list: readonly string[]): Buffer => replace(`{${list.join(',')}}`)
        if (texts.length > 1) yield respelled('members reversed', object(texts.toReversed()))
        yield respelled('white space', replace(whole.replace('{', '{ \t\r\n')))
        yield refused('no-break space', replace(whole.replace('{', '{\u00a0')), MALFORMED)
        yield refused('comment', replace(whole.replace('{', '{/**/')), MALFORMED)
        if (texts.length > 0) yield refused('trailing comma', object([...texts, '']), MALFORMED)
        const unknown = object([...texts, '"zz_unknown":1'])
        if (isExt) yield {kind: 'unknown member', bytes: unknown, accepted: true}
        else yield refused('unknown member', unknown, document.free?.test(path) ? undefined : ['unknown_field'])
        for (const [i, member] of node.members.entries()) {
          const own = texts[i] ?? ''
          const value = bytes.subarray(base + member.value.from, base + member.value.to).toString('utf8')
          const code = member.name.charCodeAt(0).toString(16).padStart(4, '0')
          const escaped = `"\\u${code}${JSON.stringify(member.name.slice(1)).slice(1)}:${value}`
          const without = texts.filter((_, k) => k !== i)
          yield refused('duplicate member', object([...texts, own]), ['duplicate_key'])
          yield refused('duplicate member, escaped', object([escaped, ...texts]), ['duplicate_key'])
          yield refused('duplicate member, other value', object([own.replace(value, '0'), ...texts]), ['duplicate_key'])
          yield respelled('name escaped', object(texts.map((text, k) => (k === i ? escaped : text))))
          const isOpen = isExt || member.name === 'ext'
          const change = (kind: string, list: readonly string[]): Mutant =>
            isOpen ? {kind, bytes: object(list), accepted: true} : refused(kind, object(list))
          yield change('member left out', without)
          if (!(member.name === 'ext' && !isExt)) {
            yield change('name in capitals', [...without, own.replace(member.name, member.name.toUpperCase() + '_')])
          }
          if (value !== 'null')
            yield change(
              'null',
              texts.map((text, k) => (k === i ? own.replace(value, 'null') : text)),
            )
        }
        for (const [at, text] of document.zeros ?? []) {
          if (at === path)
            yield {kind: 'optional member with its zero value', bytes: object([...texts, text]), accepted: true}
        }
      } else if (node.type === 'list') {
        if (path === 'signatures') continue
        const items = node.items.map((item) => bytes.subarray(base + item.from, base + item.to).toString('utf8'))
        yield changed('item added', `[${[...items, '"x"'].join(',')}]`)
        if (items.length > 0) yield changed('item repeated', `[${[...items, items[0]].join(',')}]`)
        if (items.length > 0) yield changed('item left out', `[${items.slice(1).join(',')}]`)
        if (items.length > 1) yield changed('items reversed', `[${items.toReversed().join(',')}]`)
      } else if (node.type === 'number') {
        for (const text of [
          `${whole}.0`,
          `${whole}e0`,
          `${whole}E+0`,
          '-0',
          `"${whole}"`,
          `${BigInt(whole) + 1n}`,
          '1e400',
          `1${whole}`,
        ])
          yield changed(`number as ${text.replace(whole, 'n')}`, text)
        for (const text of [`+${whole}`, `0${whole}`, `${whole}.`, '0x1', 'NaN', `-`]) {
          if (!(text.startsWith('0') && whole === '')) yield refused('number that is none', replace(text), MALFORMED)
        }
      } else if (node.type === 'word') {
        for (const text of ['true', 'false', 'null', '0', '""', '[]', '{}'])
          if (text !== whole) yield changed('other word', text)
        yield refused('word in capitals', replace(whole.toUpperCase()), MALFORMED)
      } else {
        yield* strings(node, path, whole, replace)
      }
    }
  }

  function* strings(
    node: Node & {type: 'string'},
    path: string,
    whole: string,
    replace: (text: string | Buffer) => Buffer,
  ): Generator<Mutant> {
    const isFree = (/^ext(\.|$)/.test(path) || path === 'signature.signer_key_id') && !fixedForm
    const add = (tail: Buffer | string): Buffer =>
      replace(Buffer.concat([Buffer.from(whole.slice(0, -1)), Buffer.from(tail), Buffer.from('"')]))
    const changed = (kind: string, mutant: Buffer): Mutant =>
      isFree ? {kind, bytes: mutant, accepted: true} : refused(kind, mutant)
    yield changed('string longer', add('x'))
    yield changed('U+0000', add('\\u0000'))
    yield changed('combining mark', add('\u0308'))
    for (const tail of ['\\ud800', '\\udc00', '\\udc00\\ud800', '\\x', '\\u12', '\n', '\u0001'])
      yield refused('bad escape, lone surrogate or control character', add(tail), MALFORMED)
    for (const tail of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]])
      yield refused('ill-formed UTF-8', add(Buffer.from(tail)), MALFORMED)
    const {text} = node
    if (text === '') return
    const escapes = [...text].map((c) =>
      c
        .split('')
        .map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
    )
    yield respelled('all characters escaped', replace(`"${escapes.join('')}"`))
    yield respelled('escapes in capitals', replace(`"${escapes.join('').toUpperCase().replaceAll('\\U', '\\u')}"`))
    if (text.includes('/')) yield respelled('solidus escaped', replace(whole.replaceAll('/', '\\/')))
    const apart = JSON.stringify(text.normalize('NFD'))
    if (text.normalize('NFD') !== text) {
      yield isFree || document.nfc === true
        ? {kind: 'NFD', bytes: replace(apart), accepted: true}
        : refused('NFD', replace(apart))
    }
    if (/^ed25519:[0-9a-f]{128}$/.test(text)) {
      yield respelled('signature in capitals', replace(`"ed25519:${text.slice(8).toUpperCase()}"`))
      const s = Buffer.from(text.slice(72), 'hex').reverse()
      const order = 2n ** 252n + 27742317777372353535851937790883648493n
      const more = (BigInt(`0x${s.toString('hex')}`) + order).toString(16).padStart(64, '0')
      const malleable = Buffer.from(more, 'hex').reverse().toString('hex')
      for (const other of [
        text.slice(0, 72) + malleable,
        text.slice(0, -2),
        `${text}00`,
        `E${text.slice(1)}`,
        text.slice(8),
        `ed25519:${'0'.repeat(128)}`,
      ])
        yield refused('other signature', replace(`"${other}"`))
    }
  }

  for (const [kind, mutant] of [
    ['byte order mark', Buffer.concat([Buffer.from('\ufeff'), bytes])],
    ['NUL behind', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['another value behind', Buffer.concat([bytes, Buffer.from('{}')])],
    ['nothing', Buffer.alloc(0)],
    ['UTF-16', Buffer.from(bytes.toString('utf8'), 'utf16le')],
  ] as const) {
    if (!(fixedForm && kind === 'nothing')) yield refused(kind, mutant)
  }
  yield respelled('white space around', Buffer.concat([Buffer.from(' \n'), bytes, Buffer.from('\r\n\t ')]))
  for (let i = 0; i < 60; i++) {
    const at = 1 + Math.floor(next() * (bytes.length - 2))
    const isPrefix = fixedForm && bytes[at - 1] === 10
    yield {kind: 'cut short', bytes: bytes.subarray(0, at), accepted: isPrefix}
  }
  yield* flips()

  /** Flips one bit. Bits inside an escape or outside the signature are left to the other classes. */
  function* flips(): Generator<Mutant> {
    const text = bytes.toString('latin1')
    const open = [/"ext":.*$/s, /"signer_key_id":"[^"]*"/].flatMap((pattern) => {
      const match = fixedForm ? null : pattern.exec(text)
      return match ? [{from: match.index, to: match.index + match[0].length}] : []
    })
    const signatures = [...text.matchAll(/ed25519:([0-9a-f]{128})/g)].map((m) => ({
      from: m.index + 8,
      to: m.index + 136,
    }))
    for (let i = 0; i < 120; i++) {
      const at = Math.floor(next() * bytes.length)
      const bit = 1 << Math.floor(next() * 8)
      if (open.some((span) => at >= span.from && at < span.to)) continue
      if (!fixedForm && text.slice(Math.max(0, at - 5), at + 1).includes('\\')) continue
      const mutant = Buffer.from(bytes)
      mutant[at] = (mutant[at] ?? 0) ^ bit
      const isCase =
        bit === 32 && /[a-f]/.test(text[at] ?? '') && signatures.some((span) => at >= span.from && at < span.to)
      yield isCase ? respelled('case of a signature digit', mutant) : refused('one bit', mutant)
    }
  }
}

/** Changes characters, lines and indents of a text, regardless of the meaning of the result. */
export function* textMutants(bytes: Buffer, next: () => number, count: number): Generator<Buffer> {
  const lines = bytes.toString('utf8').split('\n')
  const any = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const edits: readonly ((line: string) => readonly string[])[] = [
    (line) => [line, line],
    () => [],
    (line) => [` ${line}`],
    (line) => [line.replace(/^ {2}/, '')],
    (line) => [line.replace(/^( *)([^ :]+):/, '$1"$2":')],
    (line) => [line.replace(/: (.+)$/, ': "$1"')],
    (line) => [line.replace(/: "(.*)"$/, ': $1')],
    (line) => [line.replace(/: "?(.*?)"?$/, ": '$1'")],
    (line) => [line.replace(/: (.+)$/, ': !!str $1')],
    (line) => [line.replace(/: (.+)$/, ': &a $1')],
    (line) => [line.replace(/: .*$/, ': *a')],
    (line) => [line.replace(/: .*$/, ': null')],
    (line) => [line.replace(/: .*$/, ': ~')],
    (line) => [line.replace(/: .*$/, ':')],
    (line) => [line.replace(/: ([0-9]+)$/, ': 0x$1')],
    (line) => [line.replace(/: ([0-9]+)$/, ': 0$1')],
    (line) => [line.replace(/: ([0-9]+)$/, ': +$1')],
    (line) => [`${line} # said beside`],
    (line) => ['# said above', line],
    (line) => [line, ''],
    (line) => [`${line} `],
    (line) => [`${line}\r`],
    (line) => [line.replace(/^( *)([^ :]+):/, '$1<<:')],
    (line) => ['---', line],
    (line) => [line.replace(/: (.+)$/, ': |\n      $1')],
    (line) => [line.replace(/: (.+)$/, ': >-\n      $1')],
    (line) => [line.replace(/[a-z]/, (c) => c.toUpperCase())],
    (line) => [line.replace(/é/, 'e\u0301')],
    (line) => [line.replace(/é/, '\\u00e9')],
  ]
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) {
      const flipped = Buffer.from(bytes)
      const at = Math.floor(next() * bytes.length)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(next() * 8))
      yield flipped
      continue
    }
    const at = Math.floor(next() * lines.length)
    const mutant = Buffer.from(lines.flatMap((line, k) => (k === at ? any(edits)(line) : [line])).join('\n'))
    if (!mutant.equals(bytes)) yield mutant
  }
}

function* walk(node: Node, path: string): Generator<Place> {
  yield {node, path}
  if (node.type === 'object') {
    for (const {name, value} of node.members) yield* walk(value, path === '' ? name : `${path}.${name}`)
  } else if (node.type === 'list') {
    for (const item of node.items) yield* walk(item, path)
  }
}
