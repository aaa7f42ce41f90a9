// Learning as a service: the captures of a running firewall, and the privacy salt.

/** Counts since the writer of the directory was opened. */
export interface CaptureCounts {
  readonly records: number
  readonly dropped: number
  readonly sessions: number
  readonly sanitised: Readonly<Record<string, number>>
  /** Captures that were not written because they hold a regulated value. */
  readonly regulated: Readonly<Record<string, number>>
  readonly sidecars: {readonly written: number; readonly dropped: number}
}

export interface LearnService {
  /** undefined while nothing is captured. */
  readonly captures: {readonly directory: string; readonly counts: () => CaptureCounts} | undefined
  /** The privacy salt; undefined when none is configured. Throws salt_unset when it cannot be read. */
  salt(): Promise<Uint8Array | undefined>
}
