// Links the offline verifier into one module without imports, from what tsc made: a page opened from a disk can load no
// second file, and an auditor reads one. Nothing changes but comments, which go (licences stay); modules with a twin in
// lib/web are replaced by it. Whatever else of Node is in it fails the build. Beside it goes a page that only verifies.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, relative, resolve} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = resolve(root, 'dist')
const entry = 'plugins/receipts/verify/offline-verifier.js'

const TWINS = {'lib/ed25519.js': 'lib/web/ed25519.js', 'lib/hash.js': 'lib/web/hash.js'}

/** Texts by name, each behind those that it requires. */
const modules = new Map()
const licences = new Map()

function nameOf(path) {
  return relative(path.includes('/node_modules/') ? path.replace(/(.*\/node_modules)\/.*/, '$1') : dist, path)
}

function add(path) {
  const name = nameOf(path)
  if (modules.has(name)) return name
  const {outputText} = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: {module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, removeComments: true},
  })
  const text = outputText.replace(/require\("([^"]+)"\)/g, (_, specifier) => {
    return `require(${JSON.stringify(add(find(path, specifier)))})`
  })
  const ofNode = /\bBuffer\b|(?<![.\w])process\.|\b__dirname\b/.exec(text)
  if (ofNode) throw new Error(`${name} uses ${ofNode[0]}: the offline verifier runs without Node`)
  addLicence(path)
  modules.set(name, text.trim())
  return name
}

function find(from, specifier) {
  if (specifier.startsWith('node:')) {
    throw new Error(`${nameOf(from)} imports ${specifier}: the offline verifier runs without Node`)
  }
  if (!specifier.startsWith('.')) return fileURLToPath(import.meta.resolve(specifier))
  const path = resolve(dirname(from), specifier)
  const twin = TWINS[nameOf(path)]
  return twin === undefined ? path : resolve(dist, twin)
}

function addLicence(path) {
  const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
  if (folder === undefined || licences.has(folder)) return
  const {name, version} = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  licences.set(folder, `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, 'utf8').trim()}`)
}

const start = add(resolve(dist, entry))
const {version} = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))
const body = [...modules]
  .map(([name, text]) => `modules[${JSON.stringify(name)}] = (exports, require) => {\n${text}\n}`)
  .join('\n')
const names = [
  ...new Set(
    [...(modules.get(start) ?? '').matchAll(/(?:^|\W)exports\.(\w+) = |Object\.defineProperty\(exports, "(\w+)"/g)]
      .map(([, plain, getter]) => plain ?? getter)
      .filter((name) => name !== '__esModule'),
  ),
].sort()
const text = `/*!
Offline verifier of Pipelock ${version}, Apache-2.0. It contains:

${[...licences.values()].join('\n\n')}
*/
const verifier = (() => {
const modules = {}
const made = {}
const require = (name) => {
if (!(name in made)) modules[name](made[name] = {}, require)
return made[name]
}
${body}
return require(${JSON.stringify(start)})
})()
export const {${names.join(', ')}} = verifier
`
// it stands inside a page
if (/<\/?script|<!--/i.test(text)) throw new Error('the offline verifier holds text that would end a script element')
mkdirSync(resolve(dist, 'verifier'), {recursive: true})
writeFileSync(resolve(dist, 'verifier/verifier.js'), text)

const {verifierPage} = await import(pathToFileURL(resolve(dist, 'plugins/receipts/report/verifier-page.js')).href)
writeFileSync(
  resolve(dist, 'verifier/verify.html'),
  verifierPage(text.slice(0, text.lastIndexOf('\nexport const {') + 1)),
)
