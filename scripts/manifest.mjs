// After tsc: the command manifest, the root help, the version, the built-in defaults, the digests of modules. Without the
// old manifest, which oclif would read back.
import {execFileSync} from 'node:child_process'
import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import './prune.mjs'
import './defaults.mjs'
import './modules.mjs'
import {cacheCode} from './oclif.mjs'
import './verifier.mjs'

const {Config} = await import('../dist/cli/oclif.js')

const root = fileURLToPath(new URL('..', import.meta.url))
const {version, description} = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

rmSync(`${root}/oclif.manifest.json`, {force: true})
const config = await Config.load({root, ignoreManifest: true, userPlugins: false, devPlugins: false})
const plugin = config.plugins.get('pipelock')
if (!plugin) throw new Error('the package is not loaded as a plugin of itself')
const manifest = plugin.manifest
for (const command of Object.values(manifest.commands)) {
  delete command.pluginAlias
  // source text is broken for its editor; help is wrapped to the width of the terminal
  command.description = command.description?.replace(/(?<=\S)\n(?=\S)/g, ' ')
}
writeFileSync(`${root}/oclif.manifest.json`, `${JSON.stringify(manifest)}\n`)

// with those of plugins, which describe themselves in a sentence
const commands = config.commands
  .filter((c) => !c.hidden)
  .map((c) => [c.id.replaceAll(':', ' '), c.summary ?? c.description?.replace(/\.$/, '') ?? ''])
  .sort(([a], [b]) => (a < b ? -1 : 1))
const width = Math.max(...commands.map(([id]) => id.length)) + 2
writeFileSync(
  `${root}/dist/help.txt`,
  [
    `${description}.`,
    '',
    'USAGE',
    '  pipelock COMMAND [FLAGS]',
    '',
    'COMMANDS',
    ...commands.map(([id, summary]) => `  ${id.padEnd(width)}${summary}`.trimEnd()),
    '',
    'FLAGS OF EVERY COMMAND',
    '  --home DIR   key store and state root [env PIPELOCK_HOME, default ~/.pipelock]',
    '  --json       print one JSON document on standard output',
    '  -h, --help   what a command does and takes',
    '',
    'EXIT STATUS',
    '  0 done, 1 refused or failed, 2 wrong usage or configuration',
    '',
  ].join('\n'),
)
await cacheCode()
writeFileSync(`${root}/dist/version.txt`, `pipelock ${version}\n`)
writeFileSync(`${root}/dist/build.json`, `${JSON.stringify({version, sha: commit()})}\n`)

function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {cwd: root, stdio: ['ignore', 'pipe', 'ignore']})
      .toString()
      .trim()
  } catch {
    return '' // an unpacked archive has no history
  }
}
