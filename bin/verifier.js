#!/usr/bin/env node
// Entry of pipelock-verifier.
import {runVerifier} from '../dist/cli/verifier.js'
import {settle} from './settle.js'

const argv = process.argv.slice(2)
const output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}

const status = await settle(runVerifier(argv, output), (message) => {
  output.err(`error: internal_error: ${message}\n`)
  if (argv.includes('--json')) output.out(`${JSON.stringify({error: 'internal_error', message}, null, 2)}\n`)
})
process.exitCode = status
