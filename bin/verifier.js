#!/usr/bin/env node
// Entry of pipelock-verifier.
import {runVerifier} from '../dist/host/verifier.js'

process.exitCode = await runVerifier(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
})
