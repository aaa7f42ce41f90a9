// Tells the end of an HTTP/2 message from the end of its stream.
import type {Readable} from 'node:stream'

/**
 * Calls back once when the peer ends its message with END_STREAM. Node ends the readable side of a stream that was reset, too,
 * and a message that was cut would look complete.
 */
export function onEndOfStream(stream: Readable & {readonly closed: boolean}, ended: () => void): void {
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null && !stream.closed) ended()
    return push(chunk, encoding)
  }
}
