// What the commands of the kill switch print, and how two of them turn it.
import {PipelockError} from '../core/errors.js'
import {AdminCommand, type AdminFlagValues} from './admin-command.js'

interface TurnFlagValues extends AdminFlagValues {
  readonly reason: string
  readonly operator?: string | undefined
  readonly yes?: boolean
}

export abstract class KillSwitchCommand extends AdminCommand {
  protected async turn(active: boolean, flags: TurnFlagValues): Promise<void> {
    const endpoint = await this.endpoint(flags)
    const {askAdmin} = await import('./admin-client.js')
    const {KILL_SWITCH_PATH} = await import('../core/services/kill-switch.js')
    if (!active && !flags.yes && this.interactive && !this.jsonEnabled()) await this.#confirm()
    const body = {active, ...(flags.reason !== '' && {reason: flags.reason})}
    const operator = this.operator(flags.operator)
    const result = await askAdmin(endpoint, {method: 'POST', path: KILL_SWITCH_PATH, body, operator})
    this.finish(result, () => turnedText(result))
  }

  protected async status(flags: AdminFlagValues): Promise<void> {
    const endpoint = await this.endpoint(flags)
    const {askAdmin} = await import('./admin-client.js')
    const {KILL_SWITCH_STATUS_PATH} = await import('../core/services/kill-switch.js')
    const result = await askAdmin(endpoint, {method: 'GET', path: KILL_SWITCH_STATUS_PATH})
    this.finish(result, () => statusText(result))
  }

  async #confirm(): Promise<void> {
    const {askConfirm} = await import('../lib/prompt.js')
    const reply = await askConfirm({message: 'Let agents send again?', default: false})
    if (reply !== true) throw new PipelockError('aborted', 'the kill switch was not released')
  }
}

function turnedText({active, effective, message}: Readonly<Record<string, unknown>>): string {
  if (active === true) return 'kill switch on: all traffic is denied'
  return effective === true
    ? `api released, but the kill switch is ${String(message)}`
    : 'kill switch off: traffic passes'
}

function statusText({active, sources, message}: Readonly<Record<string, unknown>>): string {
  const states = Object.entries((sources ?? {}) as Readonly<Record<string, unknown>>)
  const lines = states.map(([source, on]) => `  ${source.padEnd(9)} ${on === true ? 'ON' : 'off'}`)
  const first =
    active === true ? `kill switch ACTIVE: ${String(message ?? 'all traffic is denied')}` : 'kill switch off'
  return [first, ...lines].join('\n')
}
