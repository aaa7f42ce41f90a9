// oclif's hook for words that name no command. A command without positionals takes the words behind it and refuses them
// itself; everything else is an unknown command: a question at a terminal, one error line and a hint elsewhere.
import {PipelockError} from '../core/errors.js'
import {nearest} from '../lib/nearest.js'
import type {Hook, Interfaces} from './oclif.js'

export const handleUnknownCommand: Hook.CommandNotFound = async function (options) {
  const {config} = options
  const line = process.argv.slice(2)
  for (let count = line.length - 1; count > 0; count--) {
    const command = config.findCommand(line.slice(0, count).join(':'))
    if (command) return config.runCommand(command.id, line.slice(count), command)
  }
  const {error, isNear} = unknownCommand(line, config)
  if (!isNear || !process.stdin.isTTY || !process.stdout.isTTY || !process.stderr.isTTY) throw error
  const {default: ask} = await import('@oclif/plugin-not-found')
  return await ask.call(this, options).catch((declined: unknown) => {
    throw isDeclined(declined) ? error : declined
  })
}

/** The plugin ends with the status of a shell that found no command; errors of the suggested command have others. */
function isDeclined(error: unknown): boolean {
  return error instanceof Error && 'oclif' in error && (error.oclif as {readonly exit?: number}).exit === 127
}

/** `isNear`: the hint names what was most likely meant. */
export function unknownCommand(
  line: readonly string[],
  {commandIDs}: Pick<Interfaces.Config, 'commandIDs'>,
): {readonly error: PipelockError; readonly isNear: boolean} {
  // only the words of the command: what follows an option may be a secret
  const option = line.findIndex((word) => word.startsWith('-'))
  const words = line.slice(0, option < 0 ? 3 : Math.min(option, 3))
  const shown = words.length > 0 ? words.join(' ') : (line[0] ?? '').replace(/=.*/s, '')
  const near = nearestCommand(commandIDs, words)
  const siblings = commandIDs.filter((id) => id.split(':')[0] === words[0]).map((id) => id.replaceAll(':', ' '))
  const others = siblings.length > 0 ? `one of: ${siblings.join(', ')}` : 'see pipelock --help'
  return {
    error: new PipelockError('usage', `unknown command ${JSON.stringify(shown)}`, {
      hint: near === undefined ? others : `did you mean pipelock ${near}?`,
    }),
    isNear: near !== undefined,
  }
}

/** The command or topic that was most likely meant. */
function nearestCommand(ids: readonly string[], words: readonly string[]): string | undefined {
  const known = new Set(ids.flatMap((id) => id.split(':').map((_, i, all) => all.slice(0, i + 1).join(' '))))
  // from the longest: what stands behind a command are its arguments
  for (let count = words.length; count > 0; count--) {
    const typed = words.slice(0, count).join(' ')
    if (known.has(typed)) return undefined
    const near = nearest(
      typed,
      [...known].filter((name) => name.split(' ').length === count),
    )
    if (near !== undefined) return near
  }
  return undefined
}
