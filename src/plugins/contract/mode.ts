// The mode in force. An empty one is shadow: nothing is enforced by leaving a word out, and nobody is surprised silently.
import type {ContractConfig, LockMode} from './config.js'

export function resolveMode(
  settings: ContractConfig['learn_lock'],
  warn: (field: string, message: string) => void,
): LockMode {
  if (settings.mode) return settings.mode
  if (settings.enabled) warn('learn_lock.mode', 'is empty: contracts are judged in shadow mode, nothing is blocked')
  return 'shadow'
}
