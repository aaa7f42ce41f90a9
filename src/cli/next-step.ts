// Suggestions for the next learn command, carrying over the flags that locate the files.
import {commandLine} from '../lib/shell-words.js'

type Flag = readonly [name: string, value: string | undefined]

/** The given flags of these names, for the next command line. */
export function carried(flags: Readonly<Record<string, unknown>>, ...names: readonly string[]): readonly Flag[] {
  return names.map((name): Flag => {
    const value = flags[name]
    return [`--${name}`, typeof value === 'string' ? value : undefined]
  })
}

/** Lists the ids of activation keys in a key store. */
interface ActivationKeys {
  keyIds(keystore: string | undefined, purpose: 'contract-activation-signing'): readonly string[]
}

export interface Promotable {
  readonly contractHash: string
  readonly agent: string | undefined
  /** undefined when the contract is in the store named by the flags. */
  readonly candidate: string | undefined
}

/**
 * `learn promote` of a contract, with the only activation key of the key store; undefined with several, since a person
 * chooses.
 */
export function promotion(
  {contractHash, agent, candidate}: Promotable,
  flags: Readonly<Record<string, unknown>>,
  keys: ActivationKeys,
): string {
  const keystore = typeof flags['keystore'] === 'string' ? flags['keystore'] : undefined
  const [only, ...others] = keys.keyIds(keystore, 'contract-activation-signing')
  const key = only !== undefined && others.length === 0 ? only : 'KEY'
  const restored = Array.isArray(flags['restore-forgotten']) ? flags['restore-forgotten'].map(String) : []
  return commandLine(
    'learn promote',
    ['--contract-hash', contractHash],
    ['--candidate', candidate],
    ['--selector', agent ?? 'default'],
    ['--activation-key', key],
    ...carried(flags, 'config', 'contract-store', 'keystore'),
    ...restored.map((id) => ['--restore-forgotten', id] as const),
  )
}
