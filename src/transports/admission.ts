// Connections as they come in: each takes a descriptor of its client's share. What is beyond is not turned away, or a client
// that holds all it may would take /health and /metrics from the operator as well: it may ask one thing of our own routes.
import type {Socket} from 'node:net'
import type {Finding} from '../core/decision.js'
import {clientAddress, Connection} from './connections.js'
import type {ListenerContext} from './context.js'
import {shareUsedUnjudged} from './refusals.js'
import type {ServerExchange} from './server-exchange.js'

/** Makes a connection of every socket that a listener accepts. */
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

/** Why a request may go nowhere but to our own routes. */
export function overShare({slot, connection}: ServerExchange): Finding | undefined {
  if (connection.isSpare) return shareUsedUnjudged('descriptors')
  return slot ? undefined : shareUsedUnjudged('open_requests')
}

/** A few connections and no more: a new one takes the place of the oldest that asks nothing, else of the oldest. */
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
