// Evidence made by the recorder itself, for the rows that verify or append it.
import {createHash} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {folder} from './processes.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

export const seed = createHash('sha256').update('pipelock bench receipts').digest()

export async function publicKeyHex() {
  const {privateKeyFromSeed} = await dist('lib/ed25519.js')
  return privateKeyFromSeed(seed).public.hex
}

/** The recorder over a fresh folder, in its own thread as in the running firewall. */
export async function recorder(dir, settings = {}) {
  const {RecorderClient} = await dist('plugins/recorder/client.js')
  const {encodeFacts} = await dist('plugins/recorder/facts.js')
  const {uuidv7} = await dist('lib/uuid.js')
  const failures = []
  mkdirSync(dir, {recursive: true})
  const client = await RecorderClient.start(
    {
      directory: dir,
      session: 'proxy',
      seed,
      nowMs: Date.now(),
      settings: {
        fsync: 'group',
        checkpointInterval: 1000,
        maxEntriesPerFile: 10_000,
        signCheckpoints: true,
        escrowKey: '',
        retentionDays: 0,
        ...settings,
      },
    },
    {now: () => Date.now(), onNotice: () => {}, onFailure: (message) => failures.push(message)},
  )
  const random = Buffer.alloc(10)
  const item = (i) => {
    random.writeUInt32BE(i, 4)
    return encodeFacts({
      atMs: Date.now(),
      actionId: uuidv7(Date.now(), random),
      actor: 'agent',
      target: `http://api.example.com/v1/items/${i}`,
      policyHash: 'defaults',
      verdict: 'allow',
      transport: 'forward',
      method: 'GET',
      layer: '',
      pattern: '',
      severity: '',
      requestId: `req-${i}`,
      actionType: 'read',
      sideEffect: 'external_read',
      reversibility: 'full',
      contract: undefined,
      dirty: [],
    })
  }
  return {client, item, failures}
}

/** A closed log of `count` receipts; returns its folder. */
export async function log(count) {
  const dir = join(folder(), 'evidence')
  const {client, item, failures} = await recorder(dir, {fsync: 'async'})
  for (let i = 0; i < count; i++) {
    const wait = client.push(item(i))
    if (wait) await wait
    if (i % 256 === 255) await new Promise((resolve) => setImmediate(resolve))
  }
  await client.close()
  if (failures.length > 0) throw new Error(failures[0])
  return dir
}

/** One receipt as a file of its own, indented. */
export async function oneReceipt() {
  const dir = await log(1)
  const file = readdirSync(dir).find((name) => name.endsWith('.jsonl'))
  const entry = JSON.parse(readFileSync(join(dir, file), 'utf8').split('\n')[0])
  return {text: `${JSON.stringify(entry.detail, null, 2)}\n`, publicKeyHex: await publicKeyHex()}
}
