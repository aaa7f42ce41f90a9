// Credentials by kind, the places of a request where they can stand, and the disguises they can wear. Kinds and most disguises
// are the tables of the tests.
import {join} from 'node:path'
import {rolldown} from 'rolldown'

const SUPPORT = join(import.meta.dirname, '../../test/support')

/** A module of the tests, bundled: the runtime does not read TypeScript. */
async function testTable(name) {
  const build = await rolldown({
    input: join(SUPPORT, `${name}.ts`),
    platform: 'node',
    resolve: {extensionAlias: {'.js': ['.ts', '.js']}},
    logLevel: 'silent',
  })
  const {output} = await build.generate({format: 'esm'})
  await build.close()
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`)
}

const bytes = (text) => Buffer.from(text)
const between = (mark) => (text) => [...text].join(mark)
const groups = (text, size) => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
const grouped =
  (mark, size = 4) =>
  (text) =>
    groups(text, size).join(mark)
const rotated = (text) =>
  text.replace(/[a-z]/gi, (c) => {
    const first = c <= 'Z' ? 65 : 97
    return String.fromCharCode(((c.charCodeAt(0) - first + 13) % 26) + first)
  })

function uuencoded(text) {
  const six = (value) => String.fromCharCode(value === 0 ? 96 : 32 + value)
  const lines = []
  const all = bytes(text)
  for (let at = 0; at < all.length; at += 45) {
    const part = all.subarray(at, at + 45)
    let line = six(part.length)
    for (let i = 0; i < part.length; i += 3) {
      const word = (part[i] << 16) | ((part[i + 1] ?? 0) << 8) | (part[i + 2] ?? 0)
      for (const shift of [18, 12, 6, 0]) line += six((word >> shift) & 63)
    }
    lines.push(line)
  }
  return `begin 644 note.txt\n${lines.join('\n')}\n\`\nend`
}

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const FROM_33 = Array.from({length: 85}, (_, i) => String.fromCharCode(33 + i)).join('')

/** Five digits of base 85 for each four bytes; the last group is cut, as Ascii85 does it. */
function base85(text, alphabet) {
  const all = bytes(text)
  let out = ''
  for (let at = 0; at < all.length; at += 4) {
    const missing = Math.max(0, at + 4 - all.length)
    let word = 0
    for (let i = 0; i < 4; i++) word = word * 256 + (all[at + i] ?? 0)
    const digits = Array.from({length: 5}, (_, i) => alphabet[Math.floor(word / 85 ** (4 - i)) % 85])
    out += digits.slice(0, 5 - missing).join('')
  }
  return out
}

/** Disguises that the table of the tests does not hold. A name that it gains wins over the one here. */
const MORE_DISGUISES = {
  'binary digits': (s) => [...bytes(s)].map((byte) => byte.toString(2).padStart(8, '0')).join(''),
  'binary digits in groups': (s) => [...bytes(s)].map((byte) => byte.toString(2).padStart(8, '0')).join(' '),
  reversed: (s) => [...s].reverse().join(''),
  ROT13: rotated,
  uuencode: uuencoded,
  Ascii85: (s) => `<~${base85(s, FROM_33)}~>`,
  'Ascii85 without marks': (s) => base85(s, FROM_33),
  Z85: (s) => base85(s.padEnd(Math.ceil(s.length / 4) * 4), Z85),
  'base64 twice': (s) => bytes(bytes(s).toString('base64')).toString('base64'),
  'base64 of hex': (s) => bytes(bytes(s).toString('hex')).toString('base64'),
  'spaces between characters': between(' '),
  'dots between characters': between('.'),
  'dashes between characters': between('-'),
  'slashes between characters': between('/'),
  'commas between characters': between(', '),
  'line ends between characters': between('\n'),
  'spaces between groups': grouped(' '),
  'bars between groups': grouped(' | '),
  'line ends between groups': grouped('\n'),
  'plus signs and quotes between groups': (s) => `"${groups(s, 6).join('" + "')}"`,
  'XML attributes': (s) =>
    `<p ${groups(s, 6)
      .map((part, i) => `a${i + 1}="${part.replace(/["&<]/g, (c) => `&#${c.charCodeAt(0)};`)}"`)
      .join(' ')}/>`,
  'folded YAML': (s) => `note: >-\n  ${groups(s, 8).join('\n  ')}\n`,
  'emphasis marks': (s) => groups(s, 4).join('**'),
  'emphasis around groups': (s) =>
    groups(s, 4)
      .map((part, i) => (i % 2 ? `*${part}*` : part))
      .join(''),
  'code marks between groups': (s) => groups(s, 4).join('`'),
  'block comments': (s) => groups(s, 4).join('/* x */'),
}

/** `{kinds: [[name, text]], disguises: {name: change}}`. */
export async function credentialTables() {
  const [{EXAMPLES, INFORMATIONAL}, {DISGUISES}] = await Promise.all([testTable('credentials'), testTable('disguises')])
  const kinds = Object.entries(EXAMPLES)
    .filter(([name]) => !INFORMATIONAL.has(name))
    .map(([name, example]) => [name, example()[0]])
  return {kinds, disguises: {...MORE_DISGUISES, ...DISGUISES}}
}

const xml = (text) => text.replace(/[&<>]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[c])
/** What is percent-encoded already stands in a URL as it is. */
const inUrl = (text) => (/^(?:%[0-9a-f]{2})+$/i.test(text) ? text : encodeURIComponent(text.toWellFormed()))
const BOUNDARY = 'part-7d1f'

/** Each place sends a text with the scans of a worker; undefined where the place cannot carry it. */
export const PLACES = {
  query: (scans, text) => scans.url(`https://api.example.com/v1/items?note=${inUrl(text)}`),
  path: (scans, text) => scans.url(`https://api.example.com/v1/items/${inUrl(text)}/view`),
  header: (scans, text) => (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? scans.head([['X-Note', text]]) : undefined),
  JSON: (scans, text) => scans.body(JSON.stringify({id: 7, note: text}), 'application/json'),
  form: (scans, text) => scans.body(`id=7&note=${inUrl(text)}`, 'application/x-www-form-urlencoded'),
  multipart: (scans, text) =>
    scans.body(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\n${text}\r\n--${BOUNDARY}--\r\n`,
      `multipart/form-data; boundary=${BOUNDARY}`,
    ),
  XML: (scans, text) =>
    scans.body(
      `<?xml version="1.0"?><items><note>${/^<[^]*>$|&[a-zA-Z#]|<(?:b|i|!--)/.test(text) ? text : xml(text)}</note></items>`,
      'application/xml',
    ),
  text: (scans, text) => scans.body(`Note of today: ${text}\nAll the rest stays.\n`, 'text/plain'),
}
