// The verifier of evidence, and the writer of lifecycle receipt files. It owns no configuration: what it checks is given
// by its caller.
import type {Plugin} from '../../core/plugin.js'
import type {Services} from '../registry.js'
import type {ReceiptTools} from './tools.js'

const receipts = {
  name: 'receipts',
  sections: [],
  schema: () => Promise.resolve({}),
  reasons: [],
  state: () => undefined,
  async create() {
    return {service: await load()}
  },
  tools: () => load(),
} satisfies Plugin<unknown, undefined, ReceiptTools, Services, ReceiptTools>

async function load(): Promise<ReceiptTools> {
  const {receiptTools} = await import('./tools.js')
  return receiptTools
}

export default receipts
