// Command lines that act on a contract.
import {shellWord} from '../../../lib/page/commands.js'

/** A value of a flag; with `=` where it could be taken for a flag of its own. */
function flag(name: string, value: string): string {
  return value.startsWith('-') ? `${name}=${shellWord(value)}` : `${name} ${shellWord(value)}`
}

export function commandLine(words: string, ...flags: readonly (readonly [name: string, value: string])[]): string {
  return [`pipelock ${words}`, ...flags.map(([name, value]) => flag(name, value))].join(' ')
}
