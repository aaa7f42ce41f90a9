// Signing, chaining, appending and verifying receipts against bare Ed25519 of the same run.
import {generateKeyPairSync, randomBytes, sign, verify} from 'node:crypto'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {load} from '../lib/load.mjs'
import {CLI, firewall, folder, helper, measured} from '../lib/processes.mjs'
import {log, publicKeyHex, recorder} from '../lib/receipts.mjs'
import {paired, summary} from '../lib/stats.mjs'
import {absolute, recorder as withRecorder} from './proxy.mjs'

const {privateKey, publicKey} = generateKeyPairSync('ed25519')

function bareSignRate(ms = 400) {
  const message = randomBytes(32)
  const start = performance.now()
  let n = 0
  while (performance.now() - start < ms) for (let k = 0; k < 50; k++, n++) sign(null, message, privateKey)
  return (n * 1000) / (performance.now() - start)
}

/** Microseconds a verification, as long as that of a log takes, under signatures that differ. */
function bareVerify(ms = 700) {
  const checks = Array.from({length: 256}, () => {
    const message = randomBytes(32)
    return {message, signature: sign(null, message, privateKey)}
  })
  const start = performance.now()
  let n = 0
  while (performance.now() - start < ms)
    for (let k = 0; k < 25; k++, n++) {
      const {message, signature} = checks[n % checks.length]
      verify(null, message, publicKey, signature)
    }
  return ((performance.now() - start) * 1000) / n
}

async function append() {
  const rates = []
  const baseline = []
  for (let round = 0; round < 5; round++) {
    baseline.push(bareSignRate())
    const {client, item, failures} = await recorder(join(folder(), 'evidence'))
    const count = 20_000
    const start = performance.now()
    let last
    for (let i = 0; i < count; i++) {
      last = i === count - 1 ? client.pushAwaited(item(i)) : client.push(item(i))
      if (last && i !== count - 1) await last
      if (i % 64 === 63) await new Promise((resolve) => setImmediate(resolve))
    }
    await last
    rates.push((count * 1000) / (performance.now() - start))
    await client.close()
    if (failures.length > 0) throw new Error(failures[0])
  }
  return paired('receipt.append', '/s', rates, baseline)
}

const PAIRS = 9
const PAIRS_OF_TWO = 7

/** Microseconds a receipt, without what the process takes for a log of one. */
async function verification(count) {
  const dirs = {whole: await log(count), one: await log(1)}
  const key = await publicKeyHex()
  return async (jobs) => {
    const argv = (dir) => [CLI, 'verify-receipt', '--chain', dir, '--key', key, '--json', '--jobs', jobs]
    const {ms} = await measured(argv(dirs.whole))
    return ((ms - (await measured(argv(dirs.one))).ms) * 1000) / (count - 1)
  }
}

async function verifyRow() {
  const verified = await verification(10_000)
  const samples = []
  const baseline = []
  for (let i = 0; i < PAIRS; i++) {
    baseline.push(bareVerify())
    samples.push(await verified('1'))
  }
  return paired('receipt.verify', 'us', samples, baseline)
}

/**
 * Two threads against one, in pairs: the ratio must be at most 1 / 1.75. A log that takes seconds, since a thread that has to
 * begin and to warm up is no help in the first half.
 */
async function verifyTwo() {
  const verified = await verification(100_000)
  const samples = []
  const baseline = []
  for (let i = 0; i < PAIRS_OF_TWO; i++) {
    baseline.push(await verified('1'))
    samples.push(await verified('2'))
  }
  return paired('receipt.verify.2', 'us', samples, baseline)
}

/** Receipts that reach the log while the proxy serves as fast as it can: one of each request. */
async function appendServing() {
  const origin = await helper('./origin.mjs')
  const ours = await firewall(withRecorder)
  const dir = join(ours.dir, 'evidence')
  const request = absolute(origin.port)
  const rates = []
  const baseline = []
  try {
    await load({port: ours.port, request, durationMs: 2000})
    for (let round = 0; round < 5; round++) {
      baseline.push(bareSignRate())
      const before = receiptsIn(dir)
      const start = performance.now()
      await load({port: ours.port, request, durationMs: 2000})
      const ms = performance.now() - start
      rates.push(((receiptsIn(dir) - before) * 1000) / ms)
    }
  } finally {
    await Promise.all([ours.stop(), origin.stop()])
  }
  return paired('receipt.append.serving', '/s', rates, baseline)
}

function receiptsIn(dir) {
  const mark = Buffer.from('"type":"action_receipt"')
  let count = 0
  for (const name of readdirSync(dir)) {
    if (!name.endsWith('.jsonl')) continue
    const bytes = readFileSync(join(dir, name))
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) count++
  }
  return count
}

async function memory() {
  const dir = await log(1_000_000)
  const {peakMb} = await measured([CLI, 'verify-receipt', '--chain', dir, '--key', await publicKeyHex(), '--json'])
  return summary('receipt.memory', 'MB', [peakMb])
}

export const rows = [
  {id: 'receipt.verify', run: verifyRow},
  {id: 'receipt.verify.2', run: verifyTwo},
  {id: 'receipt.append', run: append},
  {id: 'receipt.append.serving', run: appendServing},
  {id: 'receipt.memory', run: memory},
]
