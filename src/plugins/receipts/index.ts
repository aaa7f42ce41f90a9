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
  // a running firewall writes evidence and verifies none
  create: () => ({service: undefined}),

  async tools() {
    return (await import('./tools.js')).receiptTools
  },
} satisfies Plugin<unknown, undefined, undefined, Services, ReceiptTools>

export default receipts
