// Which clients seem to distrust the authority of opened tunnels. Some judge a certificate only behind the handshake and close
// without an alert, those of Node for instance. Browsers close tunnels unused as well: they open some ahead of need, and keep them
// for a while. So a client is suspected only where it closes at once and no other of its tunnels to the host was used.
import type {TLSSocket} from 'node:tls'
import {createLru} from '../lib/lru.js'

export interface ClientTrust {
  /** Follows a tunnel from its handshake on. `refused` is called when it closes, at most once a window for a client and host. */
  follow(tls: TLSSocket, client: string, host: string, refused: () => void): void
}

/** What is known of one client and host. */
interface Known {
  readonly open: Set<TLSSocket>
  /** Monotonic times; undefined: never. */
  usedAt: number | undefined
  refusedAt: number | undefined
}

/** A client that judges the certificate behind the handshake closes within a round trip. */
const AT_ONCE_MS = 1_000
/** A client that used a tunnel trusts the authority for as long, and one that is reported is not reported again. */
const WINDOW_MS = 600_000
/** Pairs of client and host. */
const MAX_KNOWN = 1_024

export function createClientTrust(monotonic: () => number): ClientTrust {
  const pairs = createLru<Known>(MAX_KNOWN)
  const isRecent = (time: number | undefined): boolean => time !== undefined && monotonic() - time < WINDOW_MS

  const isRefusal = (known: Known, tls: TLSSocket, securedAt: number): boolean =>
    tls.bytesRead === 0 &&
    monotonic() - securedAt <= AT_ONCE_MS &&
    !isRecent(known.usedAt) &&
    ![...known.open].some(({bytesRead}) => bytesRead > 0)

  return {
    follow(tls, client, host, refused) {
      const key = `${client} ${host}`
      const known = pairs.get(key) ?? {open: new Set(), usedAt: undefined, refusedAt: undefined}
      pairs.set(key, known)
      known.open.add(tls)
      const securedAt = monotonic()
      tls.once('close', () => {
        known.open.delete(tls)
        if (tls.bytesRead > 0) known.usedAt = monotonic()
        if (!isRefusal(known, tls, securedAt) || isRecent(known.refusedAt)) return
        known.refusedAt = monotonic()
        refused()
      })
    },
  }
}
