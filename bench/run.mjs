#!/usr/bin/env node
// Measures what users feel, row by row. Every row runs in a process of its own, after a warm-up, against a baseline of the
// same run, because absolute times move with the machine. It never fails on time; whoever reads it compares.
//
// usage: npm run bench [-- --only ID[,ID]] [--json FILE] [--engine re2|re2js] [--list]
import {spawn} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {ROWS} from './rows/index.mjs'

const {values} = parseArgs({
  options: {
    only: {type: 'string'},
    json: {type: 'string'},
    engine: {type: 'string'},
    list: {type: 'boolean'},
    row: {type: 'string'},
  },
})

if (values.row) {
  const row = ROWS.find((r) => r.id === values.row)
  const result = await row.run()
  process.stdout.write(`${JSON.stringify([result].flat())}\n`)
  process.exit(0)
}

const requested = values.only?.split(',')
const selected = ROWS.filter(
  (r) => !requested || requested.some((w) => r.id === w || r.id.startsWith(`${w}.`) || r.id.startsWith(w)),
)
if (values.list) {
  for (const row of selected) process.stdout.write(`${row.id}\n`)
  process.exit(0)
}
if (selected.length === 0) {
  process.stderr.write(`bench: no row matches ${values.only}; --list names them\n`)
  process.exit(2)
}

const results = []
let broken = 0
print(['id', 'unit', 'median', 'p25', 'p75', 'n', 'baseline', 'ratio', 'best'])
for (const row of selected) {
  try {
    for (const result of await inProcess(row)) {
      results.push(result)
      print([
        result.id,
        result.unit,
        short(result.median),
        short(result.p25),
        short(result.p75),
        String(result.n),
        result.baseline === undefined ? '' : short(result.baseline),
        result.ratio === undefined ? '' : result.ratio.toFixed(3),
        result.best === undefined ? '' : result.best.toFixed(3),
      ])
    }
  } catch (error) {
    broken++
    process.stderr.write(`bench: ${row.id}: ${error.message}\n`)
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
process.exitCode = broken ? 1 : 0

function inProcess(row) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(row.flags ?? []), fileURLToPath(import.meta.url), '--row', row.id], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // a name that no engine has is an error of the row
      ...(values.engine !== undefined && {env: {...process.env, PIPELOCK_REGEX: values.engine}}),
    })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      const line = out.trim().split('\n').at(-1)
      if (code !== 0 || !line) return reject(new Error(`ended with status ${code}`))
      resolve(JSON.parse(line))
    })
  })
}

function print(cells) {
  const widths = [24, 6, 11, 11, 11, 5, 11, 7, 7]
  process.stdout.write(`${cells.map((c, i) => (i === 0 ? c.padEnd(widths[i]) : c.padStart(widths[i]))).join(' ')}\n`)
}

function short(value) {
  return value >= 1000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)
}
