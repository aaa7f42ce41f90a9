// Makes a checkout ready to run: dependencies when there are none, a build when it is missing or older than the sources.
// `--install` is npm's own `prepare`: a production tree has no compiler and ships a built dist, so it does nothing there.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const installing = process.argv.includes('--install')

if (!installing && !existsSync(join(root, 'node_modules', '@oclif', 'core'))) {
  process.stderr.write('installing dependencies (once)\n')
  npm('ci')
}
const compiler = existsSync(join(root, 'node_modules', 'typescript'))
if (compiler && (installing || isStale())) {
  process.stderr.write('building\n')
  npm('run', '--silent', 'build')
} else if (!compiler && !existsSync(join(root, 'dist', 'version.txt'))) {
  if (installing) process.exit(0)
  process.stderr.write('there is no dist and no compiler to make it: run npm ci\n')
  process.exit(1)
}

function npm(...words) {
  const {status} = spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', words, {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
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
