// Relays the bytes of an opaque tunnel in both directions: back-pressure, half-close, idle limit, counts. It knows no
// policy; the owner of the tunnel ends it.
import type {Socket} from 'node:net'

export interface TunnelEnd {
  readonly clientBytes: number
  readonly serverBytes: number
}

/**
 * Returns the part of the client's bytes that may be forwarded now; `isOver`: no further calls, everything later
 * passes.
 */
export interface ClientFilter {
  pass(chunk: Buffer): Buffer
  readonly isOver: boolean
}

export interface Tunnel {
  /** Client bytes flow from here on; `held` were read before. */
  release(held: Buffer, filter?: ClientFilter): void
  /** Closes both sides. */
  end(): void
  /** Releases the client socket, unread and unchanged, and drops the server. */
  abandon(): void
}

export interface TunnelOptions {
  readonly idleMs: number
  readonly over: (end: TunnelEnd) => void
  /** False ends the relay: neither these bytes nor any later ones are passed on, in either direction. */
  readonly mayMove: (bytes: number) => boolean
}

/** Relays server bytes at once, client bytes only after `release`. Calls `over` once, unless abandoned. */
export function openTunnel(client: Socket, server: Socket, {idleMs, over, mayMove}: TunnelOptions): Tunnel {
  let clientBytes = 0
  let serverBytes = 0
  let finished = false
  let filter: ClientFilter | undefined
  let stopped = false
  const timer = setTimeout(end, idleMs)

  function end(): void {
    if (finished) return
    finished = true
    clearTimeout(timer)
    client.destroy()
    server.destroy()
    over({clientBytes, serverBytes})
  }

  // one side is gone: pending writes of the other may go out, then it closes too
  const onClose = (): void => {
    if (client.destroyed && server.destroyed) end()
    else if (client.destroyed) server.destroySoon()
    else client.destroySoon()
  }
  /** The owner that forbids the bytes closes the tunnel once that is recorded. */
  const stops = (chunk: Buffer): boolean => {
    if (!stopped && mayMove(chunk.length)) return false
    stopped = true
    client.pause()
    server.pause()
    return true
  }
  const onServerData = (chunk: Buffer): void => {
    if (stops(chunk)) return
    serverBytes += chunk.length
    timer.refresh()
    if (!client.write(chunk)) server.pause()
  }
  const onClientDrain = (): void => void server.resume()
  const onServerEnd = (): void => void client.end()
  const onClientData = (chunk: Buffer): void => {
    if (stops(chunk)) return
    clientBytes += chunk.length
    timer.refresh()
    const passed = filter ? filter.pass(chunk) : chunk
    if (filter?.isOver) filter = undefined
    if (passed.length > 0 && !server.write(passed)) client.pause()
  }
  const onServerDrain = (): void => void client.resume()
  const onClientEnd = (): void => void server.end()

  for (const socket of [client, server]) {
    // or bytes that one side sends after the other's FIN are lost
    socket.allowHalfOpen = true
    socket.setTimeout(0)
    socket.on('close', onClose)
  }
  server.on('error', () => server.destroy())
  server.on('data', onServerData)
  server.on('end', onServerEnd)
  client.on('drain', onClientDrain)
  if (client.destroyed || server.destroyed) setImmediate(onClose)

  return {
    release(held, clientFilter) {
      if (finished) return
      filter = clientFilter
      if (held.length > 0) onClientData(held)
      server.on('drain', onServerDrain)
      client.on('data', onClientData)
      client.on('end', onClientEnd)
      // the end may have been read while the bytes were held
      if (client.readableEnded) server.end()
      else if (!server.writableNeedDrain) client.resume()
    },
    end,
    abandon() {
      if (finished) return
      finished = true
      clearTimeout(timer)
      client.off('close', onClose)
      client.off('drain', onClientDrain)
      server.off('close', onClose)
      server.off('data', onServerData)
      server.off('end', onServerEnd)
      server.destroy()
    },
  }
}
