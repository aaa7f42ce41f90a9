// Reads the bytes of a configuration file. A FIFO or a device in its place must not stop the process in a read that
// never ends, so the kind of the opened file is checked first. Links are followed, because mounted files are links.
import {readSecurely} from '../../lib/secure-read.js'

/** Larger than any text that the reader accepts. */
const MAX_BYTES = 32 * 1024 * 1024

/** Throws ReadFault. */
export function readConfigBytes(path: string): Buffer {
  return readSecurely(path, {maxBytes: MAX_BYTES, followLinks: true})
}
