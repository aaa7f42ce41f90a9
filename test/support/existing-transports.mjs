// The command line for outside checks whose profile speaks of transports this version does not have: it leaves out the
// sections of the profile that the built product does not know, as the product would refuse them. Everything else is the
// product, unchanged; cases of missing transports fail and stand in test/expected-failures.json. A section that is built is
// passed on from then on.
import {spawn} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {parse, stringify} from 'yaml'

const ROOT = join(import.meta.dirname, '../..')
const args = process.argv.slice(2)
await product()

async function product() {
  const at = args.indexOf('--config')
  if (at >= 0) await keepKnownSections(args[at + 1])
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {stdio: 'inherit'})
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('close', (code) => process.exit(code ?? 1))
}

async function keepKnownSections(file) {
  const {plugins} = await import(join(ROOT, 'dist/plugins/registry.js'))
  const loaded = await Promise.all(Object.values(plugins).map((load) => load()))
  const known = new Set(['version', ...loaded.flatMap((plugin) => plugin.default.sections)])
  const profile = parse(readFileSync(file, 'utf8'))
  writeFileSync(file, stringify(Object.fromEntries(Object.entries(profile).filter(([name]) => known.has(name)))))
}
