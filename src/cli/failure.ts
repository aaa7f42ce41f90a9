// How a command line fails: one line `error: code: message`, a hint, with --json one document, and the exit status.
import {type ExitCode, PipelockError} from '../core/errors.js'
import {errorText} from '../lib/error-text.js'
import {printable, printableJson} from '../lib/terminal.js'
import {usageText} from '../lib/usage-text.js'

interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode
}

/** What --json says, without a parser: only words before `--` are of this program. */
export function isJsonRequested(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

export function printFailure(error: unknown, json: boolean): void {
  const {code, message, hint, exitCode} = describe(error)
  // a message may quote a file or an argument; keep its own line breaks
  const safe = message.split('\n').map(printable).join('\n')
  process.stderr.write(`error: ${code}: ${safe}\n${hint === undefined ? '' : `hint: ${printable(hint)}\n`}`)
  const shown = {error: code, message, ...(hint === undefined ? {} : {hint})}
  if (json) process.stdout.write(`${printableJson(JSON.stringify(shown, null, 2))}\n`)
  process.exitCode = exitCode
}

/** What oclif's parser refused, in one sentence. `flags` are the long names of the command's flags, without dashes. */
export function usageError(
  error: unknown,
  known: {readonly command: string; readonly flags: readonly string[]},
): PipelockError {
  const command = known.command.replaceAll(':', ' ')
  return new PipelockError('usage', usageText(error, known.flags), {
    hint: `see pipelock ${command === '' ? '' : `${command} `}--help`,
  })
}

/** Never prints a stack: an unforeseen error shows its message only. */
function describe(error: unknown): Failure {
  if (error instanceof PipelockError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const message = errorText(error)
  if (code === 'ENOENT') return {code: 'file_not_found', message, hint: undefined, exitCode: 1}
  if (code === 'EACCES' || code === 'EPERM') return {code: 'file_permissions', message, hint: undefined, exitCode: 1}
  return {code: 'internal_error', message, hint: undefined, exitCode: 1}
}
