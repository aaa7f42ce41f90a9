// Writes the corpus of ordinary traffic anew: npm run bench:traffic -- --collect [--seed TEXT]
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {randomOf} from '../learning/random.mjs'
import {clients} from './clients.mjs'
import {documents} from './documents.mjs'
import {made} from './made.mjs'

export const CORPUS = join(import.meta.dirname, 'corpus')

export async function collect(seed, say) {
  mkdirSync(CORPUS, {recursive: true})
  const random = randomOf(seed)
  const parts = {
    clients: await clients(random.fork('clients')),
    documents: await documents(),
    made: made(random.fork('made'))(1100),
  }
  for (const [name, items] of Object.entries(parts)) {
    writeFileSync(join(CORPUS, `${name}.jsonl`), items.map((each) => `${JSON.stringify(each)}\n`).join(''))
    say(`${name}: ${items.length} items`)
  }
}
