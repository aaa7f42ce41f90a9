// What survives a reload: open log streams, shared by the instance that goes and the one that comes.

export interface LogStream {
  write(line: string): void
  reopen(): void
  end(): Promise<void>
}

export interface LogState {
  readonly streams: Map<string, {readonly stream: LogStream; users: number}>
  dropped: number
}
