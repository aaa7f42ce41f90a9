// The verifier of evidence, and the writer of lifecycle receipt files. It owns no configuration: what it checks is given
// by its caller.
import type {Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {ReceiptTools} from './tools.js'

export type ReceiptService = Pick<ReceiptTools, 'appendEvidenceReceipt'>

const receipts = {
  name: 'receipts',
  sections: [],
  schema: () => Promise.resolve({}),
  reasons: [],
  state: () => undefined,
  /** A running firewall verifies nothing; it may have to finish a file of lifecycle receipts. */
  async create() {
    const {appendEvidenceReceipt} = await import('./receipt-file.js')
    return {service: {appendEvidenceReceipt}}
  },

  async tools() {
    return (await import('./tools.js')).receiptTools
  },
} satisfies Plugin<unknown, undefined, ReceiptService, Services, ReceiptTools>

export default receipts
