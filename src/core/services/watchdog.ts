// The health watchdog as configured, and when traffic was last judged.
export interface WatchdogService {
  readonly enabled: boolean
  readonly intervalMs: number
  /** /health lists the subsystems. */
  readonly exposesSubsystems: boolean
  /** Callers from other machines see the status alone. */
  readonly isMinimal: boolean
  /** Monotonic time of the last exchange that was judged to its end; undefined: none yet. */
  lastScanMs(): number | undefined
}
