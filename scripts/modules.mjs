// What the product is made of, for compile manifests: every production dependency of the lock file, its
// integrity re-expressed. Made by the build, since an installed package has no lock file beside it.
import {createHash} from 'node:crypto'
import {readFileSync, writeFileSync} from 'node:fs'

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const digests = Object.entries(lock.packages)
  .filter(([place, {dev}]) => place !== '' && dev !== true)
  .map(([place, {name, version, integrity}]) => {
    const id = `${name ?? place.split('node_modules/').at(-1)}@${version}`
    // what has no integrity could be anything: no release is made with it
    if (typeof integrity !== 'string') throw new Error(`package-lock.json: ${place} has no integrity`)
    return [id, `sha256:${createHash('sha256').update(integrity).digest('hex')}`]
  })
  .sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(
  new URL('../dist/modules.json', import.meta.url),
  `${JSON.stringify(Object.fromEntries(digests), null, 2)}\n`,
)
