// Links @oclif/core and its packages into dist/oclif.cjs, which src/cli/oclif.ts loads, with their licences beside it.
import {createRequire} from 'node:module'
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {rolldown} from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const path = `${root}/dist/oclif.cjs`
rmSync(`${path}.cache`, {force: true})

const bundle = await rolldown({
  input: createRequire(import.meta.url).resolve('@oclif/core'),
  platform: 'node',
  // oclif compiles plugins in TypeScript with it, which is switched off here
  external: ['typescript'],
  plugins: [
    {name: 'import-by-host', transform: {filter: {id: /@oclif\/core\/lib\/module-loader\.js$/}, handler: importByHost}},
  ],
})
const {output} = await bundle.write({
  file: path,
  format: 'cjs',
  minify: true,
  codeSplitting: false,
  banner: `const importModule = typeof importByHost === 'function' ? importByHost : (url) => import(url)`,
})
await bundle.close()

const folders = new Set(
  output[0].moduleIds.flatMap((id) => /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []),
)
writeFileSync(`${root}/dist/oclif.licences.txt`, `${[...folders].sort().map(licence).join('\n\n---\n\n')}\n`)

/** Writes the code cache: of what a command runs, which is compiled by then. Needs the manifest. */
export async function cacheCode() {
  const {evaluate} = await import('../dist/cli/oclif.js')
  const {script, exports} = evaluate(path)
  const {Args, Config, Flags, Parser} = exports
  const config = await Config.load({root, userPlugins: false, devPlugins: false})
  await config.runHook('init', {argv: [], id: undefined})
  const flags = {json: Flags.boolean(), home: Flags.string(), level: Flags.string({options: ['a'], default: 'a'})}
  await Parser.parse(['word', '--json', '--home', 'x'], {args: {word: Args.string({ignoreStdin: true})}, flags})
  writeFileSync(`${path}.cache`, script.createCachedData())
}

/** A script that is evaluated with its code cache cannot import modules itself: Node calls that experimental, with a warning. */
function importByHost(code) {
  const changed = code.replaceAll('await import(', 'await importModule(')
  if (changed === code) throw new Error('oclif no longer imports commands in lib/module-loader.js')
  return changed
}

function licence(folder) {
  const {name, version, license} = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  return `${name} ${version}, ${license}\n\n${file === undefined ? '' : readFileSync(`${folder}/${file}`, 'utf8').trim()}`.trim()
}
