// Ports of loopback that nobody listens on. Another program may take one before its use.
import {createServer, type AddressInfo} from 'node:net'

export async function freePort(): Promise<number> {
  const [port] = await freePorts()
  return port
}

/** Two different ones. */
export async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    ports.push((server.address() as AddressInfo).port)
  }
  for (const server of servers) await new Promise((done) => server.close(done))
  const [port = 0, other = 0] = ports
  return [port, other]
}
