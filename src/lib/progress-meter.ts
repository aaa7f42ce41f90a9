// Progress of a long reading, for people: on a terminal one line that is rewritten, elsewhere a plain line now and then.
// Whoever is done within a second sees nothing.

export interface ProgressMeter {
  update(readBytes: number, totalBytes: number): void
  /** Where nobody knows beforehand how much there is. */
  updateFiles(files: number, readBytes: number): void
  /** Takes the rewritten line away, so that what follows begins at a line of its own. */
  end(): void
}

const QUIET_MS = 1000
const REDRAW_MS = 100
const PLAIN_MS = 5000

export function createMeter(
  what: string,
  isTerminal: boolean,
  now: () => number,
  write: (text: string) => void,
): ProgressMeter {
  const startMs = now()
  let shownMs = startMs - PLAIN_MS
  let drawn = false
  const show = (textAfter: (spentMs: number) => string): void => {
    const nowMs = now()
    const spentMs = nowMs - startMs
    if (spentMs < QUIET_MS || nowMs - shownMs < (isTerminal ? REDRAW_MS : PLAIN_MS)) return
    shownMs = nowMs
    drawn = isTerminal
    const text = `${what}: ${textAfter(spentMs)}`
    write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`)
  }
  return {
    update: (readBytes, totalBytes) => show((spentMs) => progressText(readBytes, totalBytes, spentMs)),
    updateFiles: (files, readBytes) => show((spentMs) => `${files} files, ${rateText(readBytes, spentMs)}`),
    end() {
      if (drawn) write('\r\u001b[K')
      drawn = false
    },
  }
}

/** `312 of 801 MB, 26 MB/s, 19 s left`. */
export function progressText(readBytes: number, totalBytes: number, spentMs: number): string {
  const done = rateText(readBytes, spentMs, ` of ${megabytes(totalBytes)}`)
  const left = totalBytes - readBytes
  return left <= 0 || readBytes === 0 ? done : `${done}, ${Math.ceil((left * spentMs) / readBytes / 1000)} s left`
}

/** `312 MB, 26 MB/s`. */
function rateText(readBytes: number, spentMs: number, ofTotal = ''): string {
  return `${megabytes(readBytes)}${ofTotal} MB, ${megabytes((readBytes / Math.max(1, spentMs)) * 1000)} MB/s`
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
