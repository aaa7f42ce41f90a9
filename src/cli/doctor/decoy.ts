// A service on loopback that only this command knows: what reaches it was not refused.
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface Decoy {
  readonly port: number
  /** Grows with every connection and request. */
  reached(): number
  close(): void
}

export async function openDecoy(): Promise<Decoy> {
  let count = 0
  const server = createServer((_request, response) => {
    count++
    response.end('reached')
  })
  server.on('connection', () => void count++)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    reached: () => count,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
