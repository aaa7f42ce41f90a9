// What changes the verdict of a contract, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {EffectiveConfig} from '../effective-config.js'

export const explanation: Explanation<EffectiveConfig> = {
  remedies: {contract: {recorded: 'the active contract: pipelock learn observe, compile and promote'}},
}
