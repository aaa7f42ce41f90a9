// State that survives a reload: open sinks with what waits in them, and what was counted.
import type {Sink, SinkCounts} from './sink.js'

export type SinkName = 'webhook' | 'syslog' | 'otlp'

export interface EmissionState {
  /** By name and settings. */
  readonly sinks: Map<string, {readonly name: SinkName; readonly sink: Sink; users: number}>
  readonly counts: Map<SinkName, SinkCounts>
}
