// Responds to a head that never became a request, in its place and with a receipt, and ends the connection.
import {blockResponse} from './local-responses.js'
import type {Connection} from './connections.js'
import {plainTransport, whenReady, type ListenerContext} from './context.js'
import {UNREADABLE_TARGET} from './exchange-factory.js'
import type {HeadRule} from './head-checks.js'
import {identify} from './identity.js'
import {malformedHead} from './refusals.js'
import {writeRawResponse} from './raw-response.js'

export function refuseUnread(context: ListenerContext, connection: Connection, rule: HeadRule): void {
  const {host, limits} = context
  const {socket, clientIp, tunnel} = connection
  const policy = host.policy()
  const settings = host.settings()
  const x = context.exchange({
    transport: plainTransport(context),
    purpose: 'request',
    agent: tunnel
      ? tunnel.agent
      : identify({
          headers: [],
          query: undefined,
          defaultIdentity: settings.defaultAgentIdentity,
          bindDefault: settings.bindDefaultAgentIdentity,
        }),
    clientIp,
    rawTarget: UNREADABLE_TARGET,
    target: undefined,
    method: '',
    headers: [],
  })
  whenReady(
    policy.commit(x, policy.conclude(x, [malformedHead(rule)])),
    (ruling) => {
      const response = blockResponse('forward', x, ruling)
      writeRawResponse(socket, response, limits)
      policy.observe(x, ruling, {status: response.status, responseBytes: 0, requestBytes: 0, durationMs: 0})
    },
    () => socket.destroy(),
  )
}
