// npm run fuzz [-- --target NAME] [--seconds N] [--seed N] [--keep]
//
// Mutates inputs of each parser for a bounded time and checks its laws. An input with a new outcome joins the corpus for the
// rest of the run; with `--keep` it is written to corpus/, from where later runs begin. A broken law ends the target: the input
// is printed in base64 and as a command that repeats it. Exit status: 0 every law held, 1 one was broken, 2 wrong usage.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {mutate, randomOf} from './mutate.mjs'

const OPTIONS = {
  target: {type: 'string', multiple: true},
  seconds: {type: 'string', default: '5'},
  seed: {type: 'string', default: '1'},
  keep: {type: 'boolean', default: false},
  input: {type: 'string'},
}
/** A parser that needs longer for 4 KB has left the linear path. */
const SLOW_MS = 100

function usage(message) {
  process.stderr.write(`fuzz: ${message}\n`)
  process.exit(2)
}

let options
try {
  options = parseArgs({options: OPTIONS}).values
} catch (error) {
  usage(error.message)
}
const {TARGETS} = await import('./targets.mjs').catch((error) =>
  usage(`there is no build (npm run build): ${error.message}`),
)
const names = options.target ?? Object.keys(TARGETS)
const unknown = names.find((name) => !Object.hasOwn(TARGETS, name))
if (unknown !== undefined) usage(`no target ${unknown}; there are ${Object.keys(TARGETS).join(', ')}`)
const seconds = Number(options.seconds)
if (!(seconds > 0 && seconds <= 3600)) usage('--seconds takes a number of seconds up to 3600 for each target')

const fileOf = (name) => join(import.meta.dirname, 'corpus', `${name}.txt`)

function corpusOf(name) {
  const file = fileOf(name)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  return lines.map((line) => Buffer.from(line, 'base64'))
}

/** One target until its time is over. */
async function fuzz(name) {
  const {run, seeds, words, close, slowMs = SLOW_MS} = TARGETS[name]
  const random = randomOf(Number(options.seed))
  const known = corpusOf(name)
  const inputs = [...seeds, ...known]
  const outcomes = new Set()
  const added = []
  let count = 0
  const attempt = async (bytes, isNew) => {
    const started = performance.now()
    const result = run(bytes)
    // those that need no sockets are thousands a second
    const outcome = result instanceof Promise ? await result : result
    const took = performance.now() - started
    count++
    // once more, in case something else held the processor
    if (took > slowMs && (await timed(run, bytes)) > slowMs)
      throw new Error(`${bytes.length} bytes take ${took.toFixed(0)} ms`)
    if (outcomes.has(outcome)) return
    outcomes.add(outcome)
    if (!isNew) return
    inputs.push(bytes)
    added.push(bytes)
  }
  let current
  try {
    for (const bytes of inputs.slice()) await attempt((current = bytes), false)
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) await attempt((current = mutate(random.pick(inputs), random, inputs, words)), true)
  } catch (error) {
    const input = current.toString('base64')
    process.stdout.write(
      `FAILED ${name} after ${count} inputs: ${error.message}\n  ${JSON.stringify(current.toString('latin1'))}\n`,
    )
    process.stdout.write(`  node test/fuzz/run.mjs --target ${name} --input ${input}\n`)
    return false
  } finally {
    await close?.()
  }
  if (options.keep && added.length > 0)
    writeFileSync(fileOf(name), [...known, ...added].map((bytes) => `${bytes.toString('base64')}\n`).join(''))
  process.stdout.write(`ok ${name}: ${count} inputs, ${outcomes.size} outcomes, ${added.length} new\n`)
  return true
}

async function timed(run, bytes) {
  const started = performance.now()
  await run(bytes)
  return performance.now() - started
}

if (options.input !== undefined) {
  const [name] = names
  if (names.length !== 1 || name === undefined) usage('--input takes one --target')
  process.stdout.write(`${await TARGETS[name].run(Buffer.from(options.input, 'base64'))}\n`)
  await TARGETS[name].close?.()
} else {
  process.exitCode = 0
  for (const name of names) if (!(await fuzz(name))) process.exitCode = 1
}
