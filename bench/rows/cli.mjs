// Whole processes against `node -e 0`, in turn.
import {spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {CLI, folder} from '../lib/processes.mjs'
import {summary} from '../lib/stats.mjs'
import {oneReceipt} from '../lib/receipts.mjs'

const N = 15

function time(argv) {
  const start = process.hrtime.bigint()
  const {status, stderr} = spawnSync(process.execPath, argv, {encoding: 'utf8'})
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

function against(id, argv) {
  time(argv)
  const samples = []
  const baseline = []
  for (let i = 0; i < N; i++) {
    baseline.push(time(['-e', '0']))
    samples.push(time(argv))
  }
  return summary(id, 'ms', samples, baseline)
}

async function verify() {
  const dir = folder()
  const {text, publicKeyHex} = await oneReceipt()
  const file = join(dir, 'receipt.json')
  mkdirSync(dir, {recursive: true})
  writeFileSync(file, text)
  return against('cli.verify', [CLI, 'verify-receipt', file, '--key', publicKeyHex])
}

export const rows = [
  {id: 'cli.help', run: () => against('cli.help', [CLI, '--help'])},
  {id: 'cli.verify', run: verify},
  {id: 'cli.check', run: () => against('cli.check', [CLI, 'check', '--url', 'https://api.example.com/v1/models'])},
]
