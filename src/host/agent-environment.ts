// The environment of an agent that the firewall starts: every variable that a common runtime or tool reads to find its proxy,
// and none that belongs to the firewall.
import {type ListenAddress, reachedAt, showListen} from '../core/listen.js'

const LOOPBACK = 'localhost,127.0.0.1,::1'
const OURS = /^PIPELOCK_/

export interface AgentEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The main one. */
  readonly listener: ListenAddress
  /** Variables that name a bundle of certificates; none where no tunnel is opened. */
  readonly trust: Readonly<Record<string, string>>
}

export function agentEnvironment({env, listener, trust}: AgentEnvironment): Record<string, string> {
  // tokens, key stores and addresses of the firewall are no business of the agent
  const own = Object.entries(env).filter(([name, value]) => value !== undefined && !OURS.test(name))
  const reached = reachedAt(listener)
  const proxy = `http://${showListen(reached)}`
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'WS_PROXY', 'WSS_PROXY']
  const set = (names: readonly string[], value: string): readonly (readonly [string, string])[] =>
    names.flatMap((name) => [[name, value] as const, [name.toLowerCase(), value] as const])
  return Object.fromEntries([
    ...own.map(([name, value]) => [name, value ?? ''] as const),
    ...set(proxies, proxy),
    // what was exempt before would bypass the firewall; servers of the same machine are out of its reach anyway
    ...set(['NO_PROXY'], LOOPBACK),
    // fetch and http of Node ignore the variables otherwise
    ['NODE_USE_ENV_PROXY', '1'],
    ['JAVA_TOOL_OPTIONS', javaOptions(env['JAVA_TOOL_OPTIONS'], reached)],
    ['PIPELOCK_FETCH_URL', `${proxy}/fetch`],
    ...Object.entries(trust),
  ])
}

/** Java reads no variables for its proxy; options behind others win over them. */
function javaOptions(before: string | undefined, {host, port}: ListenAddress): string {
  const options = ['http', 'https'].flatMap((scheme) => [
    `-D${scheme}.proxyHost=${host}`,
    `-D${scheme}.proxyPort=${port}`,
  ])
  const hosts = '-Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1]'
  return [...(before === undefined || before === '' ? [] : [before]), ...options, hosts].join(' ')
}
