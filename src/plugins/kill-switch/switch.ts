// The four sources as one state. File system sources are looked up at most every 250 ms, whoever asks.
import type {KillSwitchLever, KillSwitchStates} from '../../core/services/kill-switch.js'
import type {Clock} from '../../core/ports.js'
import {sentinelExists} from './sentinel.js'
import {type Levers, openStateFile, RELEASED, type StateFile} from './state-file.js'

export interface SwitchSettings {
  readonly enabled: boolean
  /** "": none. */
  readonly sentinelFile: string
  /** undefined: nothing is kept. */
  readonly stateFile: string | undefined
}

/** A decision is based on a look at most this old. */
const REFRESH_MS = 250

/** Survives reloads; `apply` gives it the settings of the newest configuration. */
export class KillSwitch {
  readonly #clock: Clock
  readonly #watchers = new Set<() => void>()
  #settings: SwitchSettings = {enabled: false, sentinelFile: '', stateFile: undefined}
  #file: {readonly path: string; readonly state: StateFile} | undefined
  #levers: Levers = RELEASED
  #hasSentinel = false
  #lookedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  apply(settings: SwitchSettings): void {
    const before = this.states()
    this.#settings = settings
    const {stateFile: path} = settings
    if (path !== this.#file?.path) this.#file = path === undefined ? undefined : {path, state: openStateFile(path)}
    this.#lookedAt = Number.NEGATIVE_INFINITY
    this.#announce(before)
  }

  /** Called for every exchange: allocates nothing. */
  isActive(): boolean {
    this.#look()
    const {api, signal} = this.#levers
    return this.#settings.enabled || api || signal || this.#hasSentinel
  }

  states(): KillSwitchStates {
    this.#look()
    return {config: this.#settings.enabled, ...this.#levers, sentinel: this.#hasSentinel}
  }

  /** Throws the error of the system where the state cannot be written: an activation holds nevertheless. */
  turn(lever: KillSwitchLever, active: boolean): void {
    const before = this.states()
    const next: Levers = {...this.#levers, [lever]: active}
    if (active) this.#levers = next
    try {
      this.#file?.state.write(next, this.#clock.now())
      this.#levers = next
    } finally {
      this.#announce(before)
    }
  }

  /** What is wrong with the state file; undefined: nothing. */
  problem(): string | undefined {
    return this.#file?.state.problem()
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    this.#timer ??= setInterval(() => this.#poll(), REFRESH_MS).unref()
    return () => {
      this.#watchers.delete(changed)
      if (this.#watchers.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #poll(): void {
    const before: KillSwitchStates = {config: this.#settings.enabled, ...this.#levers, sentinel: this.#hasSentinel}
    this.#lookedAt = Number.NEGATIVE_INFINITY
    this.#announce(before)
  }

  #announce(before: KillSwitchStates): void {
    const now = this.states()
    const isSame =
      before.config === now.config &&
      before.api === now.api &&
      before.signal === now.signal &&
      before.sentinel === now.sentinel
    if (!isSame) for (const changed of this.#watchers) changed()
  }

  #look(): void {
    const now = this.#clock.monotonic()
    if (now - this.#lookedAt < REFRESH_MS) return
    this.#lookedAt = now
    const {sentinelFile} = this.#settings
    this.#hasSentinel = sentinelFile !== '' && sentinelExists(sentinelFile)
    if (this.#file) this.#levers = this.#file.state.read()
  }
}
