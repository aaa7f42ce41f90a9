// The kill switch, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {KillSwitchConfig} from './config.js'

export const explanation: Explanation<KillSwitchConfig> = {
  remedies: {
    kill_switch: {recorded: 'pipelock kill-switch status names the active source; off releases it'},
  },
}
