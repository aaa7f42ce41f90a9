// Makes a checkout ready to run: dependencies when there are none, a build when it is missing or older than the sources.
//
//   (no flag)   before npm start: dependencies without install scripts, so that the first start takes seconds. Native RE2
//               compiles for minutes; it does so in the background, and the next start uses it.
//   --native    before npm test: dependencies with native RE2, so that the tests cover both engines.
//   --install   npm's own `prepare`: a production tree has no compiler and ships a built dist, so it does nothing there.
import {existsSync, readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {compileInBackground} from './native-engine.mjs'
import {runNpm} from './phases.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const installing = process.argv.includes('--install')
const native = process.argv.includes('--native')

if (!installing && !existsSync(join(root, 'node_modules', '@oclif', 'core'))) {
  const scripts = native ? [] : ['--ignore-scripts']
  await runNpm(root, 'install dependencies', native ? '4 min, most of it native RE2' : '20 s', [
    'ci',
    '--no-audit',
    '--no-fund',
    ...scripts,
  ])
}
const compiler = existsSync(join(root, 'node_modules', 'typescript'))
if (compiler && (installing || isStale())) {
  // two thirds of a build are type checks, which users of a checkout do not need
  await runNpm(root, 'build', '10 s', ['run', '--silent', 'build:unchecked'])
} else if (!compiler && !existsSync(join(root, 'dist', 'version.txt'))) {
  if (installing) process.exit(0)
  process.stderr.write('there is no dist and no compiler to make it: run npm ci\n')
  process.exit(1)
}
if (!installing && !native) {
  const note = compileInBackground(root)
  if (note) process.stderr.write(`${note}\n`)
}

function isStale() {
  const stamp = statSync(join(root, 'dist', 'version.txt'), {throwIfNoEntry: false})
  if (!stamp) return true
  return ['src', 'package.json', 'package-lock.json', 'tsconfig.json'].some(
    (name) => newest(join(root, name)) > stamp.mtimeMs,
  )
}

function newest(path) {
  const own = statSync(path)
  if (!own.isDirectory()) return own.mtimeMs
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
