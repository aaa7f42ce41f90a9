// The kill switch on what is already under way: tunnels, WebSockets and exchanges of denied clients end at once.
import type {Socket} from 'node:net'
import type {Finding} from '../core/decision.js'
import type {ListenerContext} from './context.js'

interface Job {
  readonly socket: Socket
  readonly clientIp: string
  stop(finding: Finding): void
}

export function denyAll(
  {host, open}: ListenerContext,
  jobs: readonly Job[],
  guard: (socket: Socket, work: () => void) => void,
): void {
  // a response is of use to a client before its tunnel is closed
  for (const served of [...open]) {
    const denied = host.denial(served.connection.clientIp)
    if (denied) served.owner?.stop?.(denied)
  }
  for (const job of jobs) {
    const denied = host.denial(job.clientIp)
    if (denied) guard(job.socket, () => job.stop(denied))
  }
}
