// Removes the compiled files of sources that were moved or removed: oclif would take what is left in dist/commands for commands.
import {existsSync, readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const rooms = readdirSync(join(root, 'dist'), {withFileTypes: true}).filter((entry) => entry.isDirectory())
for (const {name} of rooms) {
  // made by other scripts
  if (name === 'verifier') continue
  for (const entry of readdirSync(join(root, 'dist', name), {recursive: true, withFileTypes: true})) {
    if (!entry.isFile() || !/\.(?:js|d\.ts)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const place = path.slice(join(root, 'dist/').length).replace(/\.(?:js|d\.ts)$/, '.ts')
    // dist/types holds the declarations of pipelock/plugin, in the folders of their sources
    const source = place.replace(/^types\//, '')
    if (!existsSync(join(root, 'src', source))) rmSync(path)
  }
}
