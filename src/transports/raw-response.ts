// Responses written without node's HTTP writer, and the end of a connection that lets them arrive.
import {STATUS_CODES} from 'node:http'
import type {Socket} from 'node:net'
import type {LocalResponse} from './local-responses.js'
import type {Limits} from './limits.js'

/**
 * Writes a response without node's writer: for CONNECT, for heads that never became a request, and behind broken
 * framing.
 */
export function writeRawResponse(socket: Socket, response: LocalResponse, limits: Limits, headOnly = false): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  let head = `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n`
  for (let i = 0; i + 1 < response.fields.length; i += 2) head += `${response.fields[i]}: ${response.fields[i + 1]}\r\n`
  head += `Content-Length: ${response.body.length}\r\nConnection: close\r\n\r\n`
  const bytes = Buffer.from(head, 'latin1')
  endLingering(socket, headOnly ? bytes : Buffer.concat([bytes, response.body]), limits)
}

/** Like `writeRawResponse`, on a socket that node's server has released. */
export function writeToReleased(socket: Socket, response: LocalResponse, limits: Limits): void {
  // without a listener the client's data would stay unread
  socket.on('data', ignore)
  writeRawResponse(socket, response, limits)
}

/**
 * Closes our half now, and the rest later: unread bytes at close make the kernel send a reset that can overtake the
 * response.
 */
export function endLingering(socket: Socket, bytes: Buffer | undefined, limits: Limits): void {
  if (bytes) socket.end(bytes)
  else socket.end()
  const timer = setTimeout(() => socket.destroy(), limits.lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

function ignore(): void {}
