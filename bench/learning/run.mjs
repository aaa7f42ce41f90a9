#!/usr/bin/env node
// Measures the quality of learned contracts against populations with a known truth. The figures belong to the seed and the
// version: no times, nothing that depends on the machine. It reports; it fails only on the guarantees (exit 1).
//
// usage: npm run bench:learning [-- --quick | --smoke] [--only PART[,PART]] [--seed TEXT] [--json FILE] [--write] [--list]
import {readFileSync, writeFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {markdownOf, textOf, withTables} from './report.mjs'
import {judge} from './targets.mjs'

const PAGE = new URL('../../docs/learning-quality.md', import.meta.url)
const usage = (message) => {
  process.stderr.write(`bench:learning: ${message}\n`)
  process.exit(2)
}

let options
try {
  options = parseArgs({
    options: {
      quick: {type: 'boolean', default: false},
      smoke: {type: 'boolean', default: false},
      only: {type: 'string'},
      seed: {type: 'string', default: 'pipelock'},
      json: {type: 'string'},
      write: {type: 'boolean', default: false},
      list: {type: 'boolean', default: false},
    },
  }).values
} catch (error) {
  usage(error.message)
}
const {quick, smoke, only, seed, json, write, list} = options
const size = smoke ? 'smoke' : quick ? 'quick' : 'full'
const {PARTS, SCALES} = await import('./parts.mjs').catch((error) =>
  usage(`there is no build (run npm run build): ${error.message}`),
)
if (list) {
  for (const {id, title} of PARTS) process.stdout.write(`${id.padEnd(14)} ${title}\n`)
  process.exit(0)
}
const requested = only?.split(',')
const unknown = requested?.filter((id) => !PARTS.some((part) => part.id === id)) ?? []
if (unknown.length > 0) usage(`no part ${unknown.join(', ')}; --list names them`)
if (write && (only !== undefined || size !== 'full'))
  usage('--write takes a full run, without --only, --quick and --smoke')

const {VERSION} = await import('./product.mjs')
const result = {version: VERSION, seed, size, parts: {}}
const progress = (text) => process.stderr.write(`${text}\n`)
for (const part of PARTS) {
  if (requested !== undefined && !requested.includes(part.id)) continue
  progress(`${part.id}: ${part.title}`)
  result.parts[part.id] = await part.run({seed, scale: SCALES[size], progress: (text) => progress(`  ${text}`)})
}
result.targets = judge(result)
process.stdout.write(textOf(result))
if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
if (write) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), markdownOf(result)))
process.exitCode = result.targets.some(({guarantee, met}) => guarantee && !met) ? 1 : 0
