// A terminal as a dialogue. The terminal itself edits the line and echoes it: no raw mode, no cursor
// movement, so that any terminal, any braille line and a transcript show the same plain lines.
import {createInterface} from 'node:readline'
import type {Dialogue} from './interactive.js'

export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream & {readonly columns?: number}
  /** Calls back at Ctrl-C; returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void
}

const MIN_COLUMNS = 40
const MAX_COLUMNS = 100

export function openTerminal(
  {input, output, onInterrupt}: TerminalStreams,
  colour: boolean,
): {readonly dialogue: Dialogue; readonly close: () => void} {
  const lines: string[] = []
  const waiting: ((line: string | undefined) => void)[] = []
  let ended = false
  const end = (): void => {
    ended = true
    for (const next of waiting.splice(0)) next(undefined)
  }
  const reader = createInterface({input, terminal: false})
  reader.on('line', (line) => {
    const next = waiting.shift()
    if (next) next(line)
    else lines.push(line)
  })
  reader.on('close', end)
  // a terminal that is gone fails reads and writes; that is an end of input like any other
  input.on('error', end)
  output.on('error', end)
  const stopListening = onInterrupt(() => {
    output.write('\n')
    end()
  })
  return {
    dialogue: {
      columns: Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, output.columns || 80)),
      colour,
      say: (text) => void output.write(`${text}\n`),
      ask(prompt) {
        output.write(prompt)
        if (lines.length > 0 && !ended) return Promise.resolve(lines.shift())
        if (ended) return Promise.resolve(undefined)
        return new Promise((next) => waiting.push(next))
      },
    },
    close() {
      stopListening()
      input.off('error', end)
      output.off('error', end)
      reader.close()
    },
  }
}
