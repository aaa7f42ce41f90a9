// Admits connections: each takes a descriptor of its client's share. A connection beyond the share is not closed, since
// a client that used up its share would then also lock the operator out of /health and /metrics: it may send one
// request to an own route.
import type {Socket} from 'node:net'
import type {Finding} from '../core/decision.js'
import {clientAddress, Connection} from './connections.js'
import type {ListenerContext} from './context.js'
import {shareUsedUnjudged} from './refusals.js'
import type {ServerExchange} from './server-exchange.js'

/** Makes a connection of every accepted socket. */
export function createAdmission({host, limits, pools}: ListenerContext): (socket: Socket) => Connection {
  const spares = createSpares(limits.spareConnections)
  return (socket) => {
    const client = host.clientOf(clientAddress(socket.remoteAddress))
    pools.relieve(client)
    const descriptor = host.shares.take(client, 'descriptors')
    const connection = new Connection(socket, limits, {client, isSpare: descriptor === undefined})
    if (descriptor) socket.once('close', descriptor.release)
    else spares(socket, () => connection.idle)
    return connection
  }
}

/** Why a request may only go to own routes. */
export function overShare({slot, connection}: ServerExchange): Finding | undefined {
  if (connection.isSpare) return shareUsedUnjudged('descriptors')
  return slot ? undefined : shareUsedUnjudged('open_requests')
}

/** A small fixed number of connections: a new one replaces the oldest idle one, else the oldest. */
export function createSpares(max: number): (socket: Socket, isIdle: () => boolean) => void {
  const places = new Map<Socket, () => boolean>()
  return (socket, isIdle) => {
    if (places.size >= max) {
      let victim: Socket | undefined
      for (const [other, otherIsIdle] of places) {
        victim ??= other
        if (!otherIsIdle()) continue
        victim = other
        break
      }
      victim?.destroy()
      if (victim) places.delete(victim)
    }
    places.set(socket, isIdle)
    socket.once('close', () => places.delete(socket))
  }
}
