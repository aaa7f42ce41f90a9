// A terminal as a dialogue: menus, and plain lines with TERM=dumb or NO_COLOR. In lines the terminal itself edits
// and echoes: no raw mode, no cursor movement, so that any braille line and a transcript show the same.
import {createInterface} from 'node:readline'
import type {Ports} from '../../../core/ports.js'
import type {PromptTerminal} from '../../../lib/prompt.js'
import {hasColour, hasMenus} from '../../../lib/terminal.js'
import type {Dialogue} from './interactive.js'
import type {Page} from './wording.js'

export interface TerminalStreams {
  readonly input: PromptTerminal['input']
  readonly output: NodeJS.WritableStream & {readonly columns?: number}
  /** Calls back at Ctrl-C; returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void
}

const MIN_COLUMNS = 40
const MAX_COLUMNS = 100

export interface OpenTerminal {
  readonly dialogue: Dialogue
  readonly close: () => void
}

export function openTerminal(streams: TerminalStreams, env: Ports['env']): OpenTerminal {
  return hasMenus(env) && streams.input.isTTY === true ? menuTerminal(streams, env) : lineTerminal(streams, env)
}

function pageOf({output}: TerminalStreams, env: Ports['env']): Page {
  return {
    columns: Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, output.columns || 80)),
    colour: hasColour(env),
  }
}

function menuTerminal(streams: TerminalStreams, env: Ports['env']): OpenTerminal {
  const {input, output} = streams
  const prompts = () => import('../../../lib/prompt.js')
  let isGone = false
  const gone = (): void => {
    isGone = true
  }
  // a terminal that is gone fails writes as well
  input.on('error', gone)
  output.on('error', gone)
  return {
    dialogue: {
      ...pageOf(streams, env),
      say: (text) => void output.write(`${text}\n`),
      async ask(_, menu) {
        if (isGone) return undefined
        const {askChoice, askConfirm} = await prompts()
        if (menu.kind === 'choice') return askChoice(menu, {input, output})
        const reply = await askConfirm(menu, {input, output})
        return reply === undefined ? undefined : reply ? 'yes' : 'no'
      },
      async pick(message, choices) {
        if (isGone) return undefined
        const {askSome} = await prompts()
        return askSome({message, choices}, {input, output})
      },
    },
    close() {
      input.off('error', gone)
      output.off('error', gone)
    },
  }
}

function lineTerminal(streams: TerminalStreams, env: Ports['env']): OpenTerminal {
  const {input, output, onInterrupt} = streams
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
      ...pageOf(streams, env),
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
