// What changes the verdict of a contract, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {ContractConfig} from './config.js'

export const explanation: Explanation<ContractConfig> = {
  remedies: {contract: {recorded: 'the active contract: pipelock learn observe, compile and promote'}},
}
