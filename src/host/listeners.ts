// The listeners for traffic of agents: the reverse proxy, where it is configured, and the main one. They are bound, stopped
// and told of changes together.
import type {ListenAddress} from '../core/listen.js'
import type {Services} from '../core/services/index.js'
import type {TransportHost} from '../transports/host.js'
import {createProxyServer, type ProxyServer, type ProxyServerOptions} from '../transports/server.js'
import {bind} from './bind.js'

export interface Listeners {
  readonly main: ListenAddress
  readonly reverse: ListenAddress | undefined
  /** Judges open tunnels and WebSockets under the new policy. */
  policyChanged(): void
  /** Ends what the kill switch denies, at once. */
  deny(): void
  /** Lets running requests end for `graceMs`, then closes the connections. */
  close(graceMs: number): Promise<void>
}

/** Throws address_in_use or address_unavailable; nothing is bound then. */
export async function openListeners(
  host: TransportHost,
  {proxy, 'reverse-proxy': reverse}: Pick<Services, 'proxy' | 'reverse-proxy'>,
  options: ProxyServerOptions = {},
): Promise<Listeners> {
  const servers: ProxyServer[] = []
  const close = async (graceMs: number): Promise<void> => {
    await Promise.all(servers.map((server) => server.close(graceMs)))
  }
  const open = async (at: ListenAddress, more: ProxyServerOptions): Promise<ListenAddress> => {
    const server = createProxyServer(host, {...options, ...more})
    const bound = await bind(at, () => server.listen(at))
    servers.push(server)
    return bound
  }
  try {
    const {listen, upstream} = reverse
    const reverseAt = listen && upstream && (await open(listen, {upstream}))
    return {
      reverse: reverseAt,
      main: await open(proxy.listen, {}),
      policyChanged() {
        for (const server of servers) server.policyChanged()
      },
      deny() {
        for (const server of servers) server.deny()
      },
      close,
    }
  } catch (error) {
    await close(0)
    throw error
  }
}
