// Checks that a log file accepts lines before the stream opens it: opening a FIFO without a reader would block a pool
// thread for ever, while the caller believes that events are written.
import {closeSync, constants, fstatSync, openSync} from 'node:fs'
import {errnoOf, PipelockError} from '../../core/errors.js'
import {errorText} from '../../lib/error-text.js'

const {O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY} = constants

/** Names of our own output, which a supervisor often makes a pipe. */
const OWN_OUTPUT: ReadonlySet<string> = new Set(['/dev/stdout', '/dev/stderr'])

/** Creates a missing file with mode 0600. Throws PipelockError for a target that accepts no lines. */
export function checkLogFile(path: string): void {
  let fd: number
  try {
    // a planted link would redirect the lines into a file of an attacker's choice
    fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | (OWN_OUTPUT.has(path) ? 0 : O_NOFOLLOW), 0o600)
  } catch (error) {
    // a pipe without a reader
    if (errnoOf(error) === 'ENXIO') throw noFile(path)
    if (errnoOf(error) === 'ELOOP') {
      throw new PipelockError('file_not_regular', `the audit log ${path} is a link`, {
        hint: 'give logging.file the path that it leads to',
      })
    }
    const why = errorText(error)
    throw new PipelockError('file_unreadable', `the audit log ${path} cannot be opened for writing: ${why}`, {
      hint: 'give logging.file a path that this user can write',
      cause: error,
    })
  }
  try {
    if (fstatSync(fd).isFIFO() && !OWN_OUTPUT.has(path)) throw noFile(path)
  } finally {
    closeSync(fd)
  }
}

function noFile(path: string): PipelockError {
  return new PipelockError(
    'file_not_regular',
    `the audit log ${path} is a pipe or socket: lines would wait for a reader`,
    {
      hint: 'give logging.file the path of a file, or set logging.output to stdout',
    },
  )
}
