#!/usr/bin/env node
// Entry of the command line. `--version` and the root help are files made by the build, and a command that the manifest
// names is imported and run directly: its base class parses with oclif's parser by the definitions of the class. The rest
// of oclif (half of a small command's time) is loaded for what it does better, the help of a command or a topic.
import {readFileSync} from 'node:fs'
import module from 'node:module'
import {settle} from './settle.js'

module.enableCompileCache?.()

const argv = process.argv.slice(2)
const dist = new URL('../dist/', import.meta.url)

// a reader that stops early (head, a pager) is no failure
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

await settle(
  main().catch((error) => fail(error instanceof Error ? error.message : String(error))),
  fail,
)

function fail(message) {
  process.stderr.write(`error: internal_error: ${message}\n`)
  const end = argv.indexOf('--')
  const asJson = (end === -1 ? argv : argv.slice(0, end)).includes('--json')
  if (asJson) process.stdout.write(`${JSON.stringify({error: 'internal_error', message}, null, 2)}\n`)
  process.exitCode = 1
}

async function main() {
  if (argv[0] === '--version') return void process.stdout.write(readBuilt('version.txt'))
  const asked = argv[0] === 'help'
  if (asked) argv.shift()
  if (argv.length === 0 || isHelp(argv[0])) return void process.stdout.write(readBuilt('help.txt'))

  const {commands} = JSON.parse(readBuilt('../oclif.manifest.json'))
  const result = find(commands, argv)
  const end = argv.indexOf('--')
  const hasHelpFlag = (end === -1 ? argv : argv.slice(0, end)).some(isHelp)
  if (result && !hasHelpFlag && !asked) {
    const {default: command} = await import(
      new URL(`../${result.command.relativePath.join('/')}`, import.meta.url).href
    )
    command.id = result.command.id
    await command.run(argv.slice(result.words))
    return
  }
  if (!result && !isTopic(commands, argv)) return await unknown(commands, argv)
  const {execute} = await import('@oclif/core/execute')
  const words = argv.filter((word) => !isHelp(word))
  await execute({dir: import.meta.url, args: [...words, '--help']})
}

function isHelp(word) {
  return word === '--help' || word === '-h'
}

/** The command with the most words that the line begins with; `learn:compile` is taken like `learn compile`. */
function find(commands, line) {
  for (let words = Math.min(3, line.length); words > 0; words--) {
    const id = line.slice(0, words).join(':')
    if (Object.hasOwn(commands, id)) return {command: commands[id], words}
    const alias = Object.values(commands).find((c) => [...(c.aliases ?? []), ...(c.hiddenAliases ?? [])].includes(id))
    if (alias) return {command: alias, words}
  }
  return undefined
}

function isTopic(commands, line) {
  const words = line.filter((word) => !word.startsWith('-'))
  return words.length > 0 && Object.keys(commands).some((id) => id.startsWith(`${words.join(':')}:`))
}

async function unknown(commands, line) {
  // only the words of the command: what follows an option may be a secret
  const option = line.findIndex((word) => word.startsWith('-'))
  const words = line.slice(0, option < 0 ? 3 : Math.min(option, 3))
  const shown = JSON.stringify(words.join(' ') || line[0])
  process.stderr.write(`error: usage: unknown command ${shown}\nhint: ${await meant(Object.keys(commands), words)}\n`)
  process.exitCode = 2
}

/** The command or topic that was most likely meant, else the commands of the topic. */
async function meant(ids, words) {
  const {nearest} = await import(new URL('lib/nearest.js', dist).href)
  const known = new Set(ids.flatMap((id) => id.split(':').map((_, i, all) => all.slice(0, i + 1).join(' '))))
  // from the longest: what stands behind a command are its arguments
  for (let count = words.length; count > 0; count--) {
    const typed = words.slice(0, count).join(' ')
    if (known.has(typed)) break
    const near = nearest(
      typed,
      [...known].filter((name) => name.split(' ').length === count),
    )
    if (near !== undefined) return `did you mean pipelock ${near}?`
  }
  const siblings = ids.filter((id) => id.split(':')[0] === words[0]).map((id) => id.replaceAll(':', ' '))
  return siblings.length > 0 ? `one of: ${siblings.join(', ')}` : 'see pipelock --help'
}

function readBuilt(name) {
  try {
    return readFileSync(new URL(name, dist), 'utf8')
  } catch (error) {
    throw error.code === 'ENOENT' ? new Error('this checkout is not built: run npm run build') : error
  }
}
