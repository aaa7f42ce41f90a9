// Work that a signal must not cut in two: Ctrl-C while files are renamed would leave temporary files, or some outputs of
// this run beside some of the last. The signal is kept until the work is done, then it ends the process as it would have.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs `work`, which is synchronous, and lets a signal that came meanwhile take effect afterwards. */
export async function uninterrupted<T>(work: () => T): Promise<T> {
  let kept: NodeJS.Signals | undefined
  const keep = (signal: NodeJS.Signals): void => {
    kept ??= signal
  }
  for (const signal of SIGNALS) process.on(signal, keep)
  try {
    return work()
  } finally {
    // a signal is told when the loop polls, which is certain between two of its check phases
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    for (const signal of SIGNALS) process.off(signal, keep)
    if (kept) process.kill(process.pid, kept)
  }
}
