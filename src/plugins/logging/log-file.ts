// Whether lines can be appended under a name, seen before the stream opens it: the stream opens in a thread of the pool and
// would wait there for ever for somebody to read from a pipe, while whoever starts believes that events are written.
import {closeSync, constants, fstatSync, openSync} from 'node:fs'
import {errnoOf, PipelockError} from '../../core/errors.js'
import {errorText} from '../../lib/error-text.js'

const {O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY} = constants

/** Names of our own output, which a supervisor often makes a pipe. */
const OWN_OUTPUT: ReadonlySet<string> = new Set(['/dev/stdout', '/dev/stderr'])

/** Creates the file when it is missing, mode 0600. Throws PipelockError for what takes no lines. */
export function checkLogFile(path: string): void {
  let fd: number
  try {
    // a link that somebody puts there would lead the lines of others into a file of their choice
    fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | (OWN_OUTPUT.has(path) ? 0 : O_NOFOLLOW), 0o600)
  } catch (error) {
    // a pipe that nobody reads
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
