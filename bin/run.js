#!/usr/bin/env node
// Entry of the command line. `--version` and the root help are files made by the build; everything else runs through oclif.
import {readFileSync} from 'node:fs'
import module from 'node:module'
import {fileURLToPath} from 'node:url'
import {settle} from './settle.js'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')

// Beside the code, for whoever can write it can write the code as well: Node's own place is below /tmp, where another user
// could leave compiled code for this process.
module.enableCompileCache?.(`${root}/dist/.compile-cache`)

const argv = process.argv.slice(2)

// a reader that stops early (head, a pager) is no failure
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

// the terminal of a running firewall was closed: a message that nobody can read must not end the process at once, without
// the end of its evidence
process.stderr.on('error', () => {})

await settle(
  main().catch((error) => fail(error instanceof Error ? error.message : String(error))),
  fail,
)

function fail(message) {
  process.stderr.write(`error: internal_error: ${message}\n`)
  const end = argv.indexOf('--')
  const isJson = (end === -1 ? argv : argv.slice(0, end)).includes('--json')
  if (isJson) process.stdout.write(`${JSON.stringify({error: 'internal_error', message}, null, 2)}\n`)
  process.exitCode = 1
}

async function main() {
  if (argv[0] === '--version') return void process.stdout.write(readBuilt('version.txt'))
  const isHelp = argv[0] === 'help'
  const line = isHelp ? argv.slice(1) : argv
  if (line.length === 0 || line[0] === '--help' || line[0] === '-h') {
    return void process.stdout.write(readBuilt('help.txt'))
  }
  readBuilt('version.txt')
  const {runCommandLine} = await import('../dist/cli/run.js')
  await runCommandLine(isHelp ? ['--help', ...line] : line, root)
}

function readBuilt(name) {
  try {
    return readFileSync(`${root}/dist/${name}`, 'utf8')
  } catch (error) {
    throw error.code === 'ENOENT' ? new Error('this checkout is not built: run npm run build') : error
  }
}
