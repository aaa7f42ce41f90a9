// Ordinary documents of a machine: what packages, manuals and libraries hold. No instruction to a model is expected in
// them, so that they are negatives. Which of them are used depends on their paths alone: one half of the packages trains, the
// other is kept for measuring.
import {createHash} from 'node:crypto'
import {existsSync, lstatSync, readdirSync, readFileSync} from 'node:fs'
import {join, relative, resolve} from 'node:path'
import {gunzipSync} from 'node:zlib'

const TEXT =
  /\.(?:md|markdown|rst|txt|html?|json|js|mjs|cjs|ts|css|ya?ml|xml|toml|py|pm|pod|pl|c|h|sh|csv|po|tmpl|ini|conf)$/
const MANUAL = /\.[1-9]\w*$/
const NAMED = /(?:^|\/)(?:README|CHANGELOG|changelog|NEWS|AUTHORS|copyright|LICENSE|NOTICE|TODO|FAQ)[\w.-]*$/
const LARGEST = 65_536
const SMALLEST = 64

/** `depth`: how many names of the path, after the root, make a package. */
const ROOTS = [
  {group: 'modules', root: 'node_modules', depth: 1},
  {group: 'modules', root: '/usr/lib/node_modules', depth: 3},
  {group: 'documentation', root: '/usr/share/doc', depth: 1},
  {group: 'manuals', root: '/usr/share/man', depth: 2},
  {group: 'libraries', root: '/usr/lib/python3', depth: 2},
  {group: 'libraries', root: '/usr/lib/python3.11', depth: 1},
  {group: 'libraries', root: '/usr/share/perl', depth: 2},
  {group: 'libraries', root: '/usr/share/perl5', depth: 1},
  {group: 'includes', root: '/usr/include', depth: 1},
]

/** The same wherever the process was started. */
const PLACES = ROOTS.map((place) => ({...place, root: resolve(import.meta.dirname, '../..', place.root)}))

/** The files of one half, `train` or `measure`, at most so many of each group, in an order that paths decide. */
export function documentsOf(half, most, extra = []) {
  const groups = new Map()
  for (const {group, root, depth} of [...ROOTS, ...extra]) {
    if (!existsSync(root)) continue
    const files = groups.get(group) ?? groups.set(group, []).get(group)
    walk(root, (path) => {
      if (halfIn({group, root, depth}, path) === half) files.push({path, group})
    })
  }
  return [...groups.values()].flatMap((files) =>
    files
      .map((file) => ({...file, order: digest(file.path).toString('hex')}))
      .sort((a, b) => (a.order < b.order ? -1 : 1))
      .slice(0, most)
      .map(({path, group}) => ({path, group})),
  )
}

/** The half that a file belongs to; undefined where no training looks for documents. */
export function halfOf(path) {
  const place = PLACES.find(({root}) => path.startsWith(`${root}/`))
  return place && halfIn(place, path)
}

function halfIn({group, root, depth}, path) {
  const key = relative(root, path).split('/').slice(0, depth).join('/')
  // a manual in several languages is one package
  const name = group === 'manuals' ? path.split('/').at(-1).split('.')[0] : key
  return (digest(`${group} ${name}`)[0] & 1) === 0 ? 'train' : 'measure'
}

/** The text of a file as an agent would fetch it; undefined where it is no text. */
export function textOf({path}) {
  let bytes
  try {
    bytes = readFileSync(path)
    if (path.endsWith('.gz')) bytes = gunzipSync(bytes)
  } catch {
    return undefined
  }
  if (bytes.length < SMALLEST || bytes.subarray(0, 4096).includes(0)) return undefined
  return new TextDecoder().decode(bytes.subarray(0, LARGEST))
}

/** SHA-256 over the texts in order: tells whether two machines trained on the same documents. */
export function digestOf(texts) {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(createHash('sha256').update(text).digest())
  return hash.digest('hex')
}

function digest(text) {
  return createHash('sha256').update(text).digest()
}

function walk(folder, visit) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    const stat = lstatSync(path)
    if (stat.isDirectory()) walk(path, visit)
    else if (stat.isFile() && stat.size < 4 * LARGEST) {
      const plain = path.replace(/\.gz$/, '')
      if (TEXT.test(plain) || NAMED.test(plain) || (path.includes('/man/') && MANUAL.test(plain))) visit(path)
    }
  }
}
