// State that survives a reload: open log streams, shared by the outgoing and the incoming instance.

export interface LogStream {
  write(line: string): void
  reopen(): void
  end(): Promise<void>
}

export interface LogState {
  readonly streams: Map<string, {readonly stream: LogStream; users: number}>
  dropped: number
}
