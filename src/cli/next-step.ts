// Suggestions for the next command, carrying over the flags that locate the files.
import {commandLine} from '../lib/shell-words.js'

type Flag = readonly [name: string, value: string | undefined]

/** The given flags of these names, for the next command line; a repeated flag with each of its values. */
export function carried(flags: Readonly<Record<string, unknown>>, ...names: readonly string[]): readonly Flag[] {
  return names.flatMap((name): readonly Flag[] => {
    const value = flags[name]
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.flatMap((each): readonly Flag[] => (typeof each === 'string' ? [[`--${name}`, each]] : []))
  })
}

/** The trusted keys of a verification, or a placeholder: without a key, a verdict shows consistency only. */
export function trusted(flags: Readonly<Record<string, unknown>>): readonly Flag[] {
  const given = carried(flags, 'key', 'roster', 'roster-root-fingerprint')
  return given.length > 0 ? given : [['--key', 'KEY']]
}

/** `signing roster build` that lists a new key; the places of root and roster are up to its operator. */
export function rosterWith(id: string, path: string, purpose: string): string {
  const role = purpose === 'contract-activation-signing' ? ',role=PERSON' : ''
  const key = path.replaceAll(/[\\,]/g, String.raw`\$&`)
  return commandLine(
    'signing roster build',
    ['--root', 'ROOT.json'],
    ['--out', '/PATH/roster.json'],
    ['--include', `id=${id},key=${key},purpose=${purpose}${role}`],
  )
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
