// The contract runtime as a service: its mode, and the state of the contract store.

export interface ContractStatus {
  /** Checks of the store by outcome. */
  readonly reloads: Readonly<Record<string, number>>
  readonly watcherErrors: number
  readonly generation: number
  readonly manifestHash: string
  /** Selector targets as text, with the hash of the selected contract. */
  readonly active: readonly {readonly agent: string; readonly contractHash: string}[]
}

export interface ContractService {
  readonly mode: 'off' | 'live' | 'shadow' | 'capture'
  /** undefined while the lock is off. */
  status(): ContractStatus | undefined
}
