// Ways in which a program of this user could bypass the firewall. Nothing is sent, unless the operator names a target to try.
import {accessSync, constants, existsSync, readFileSync, statSync} from 'node:fs'
import {createSocket} from 'node:dgram'
import type {Resolver} from 'node:dns/promises'
import {connect} from 'node:net'
import {dirname, join} from 'node:path'
import {isLoopback, reachedAt, showListen, urlHost, type ListenAddress} from '../../core/listen.js'
import {errnoOf} from '../../core/errors.js'

export interface WayAround {
  readonly way: string
  readonly state: 'open' | 'closed' | 'unknown'
  readonly detail: string
  /** A change that closes it. */
  readonly remedy?: string
}

export interface Surroundings {
  readonly main: ListenAddress
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
  /** Paths by what they are, as far as the configuration is known. */
  readonly files: Readonly<Record<string, readonly string[]>>
  readonly evidence: string | undefined
  readonly config: string | undefined
  readonly opensTunnels: boolean | undefined
  /** Targets to connect to without the firewall. */
  readonly direct: readonly ListenAddress[]
  /** Asked beside them. */
  readonly resolver: Resolver
}

const TIMEOUT_MS = 3_000
/** Of TEST-NET-1 and the documentation prefix: no packet is sent to them, only the route is looked up. */
const OUTSIDE = {udp4: '192.0.2.1', udp6: '2001:db8::1'} as const
const KEEP_IN = 'let the kernel refuse all other traffic of the agent: docs/service.md'
const OWN_USER = 'give the firewall a user of its own: docs/service.md'

export async function waysAround(given: Surroundings): Promise<readonly WayAround[]> {
  return [
    userWay(given),
    ...(await networkWays(given)),
    ...(await nameWay(given)),
    containerWay(given),
    ...fileWays(given),
    environmentWay(given),
    ...tunnelWay(given),
  ]
}

function userWay({uid, main}: Surroundings): WayAround {
  const way = 'process'
  if (uid === undefined) return {way, state: 'unknown', detail: 'this system has no user numbers'}
  if (uid === 0) {
    return {
      way,
      state: 'open',
      detail: 'this user is root, whom nothing here holds',
      remedy: 'run the agent as another user',
    }
  }
  if (!isLoopback(reachedAt(main).host)) return {way, state: 'closed', detail: 'the firewall is on another host'}
  const owners = listenerOwners(main.port)
  if (owners === undefined) return {way, state: 'unknown', detail: 'the owner of the listener cannot be read here'}
  if (owners.length === 0) return {way, state: 'closed', detail: 'the firewall runs outside this network namespace'}
  if (!owners.includes(uid)) return {way, state: 'closed', detail: 'the firewall runs as another user'}
  return {
    way,
    state: 'open',
    detail: 'the firewall runs as this user, who can end it and read its memory',
    remedy: OWN_USER,
  }
}

/** User numbers of what listens on the port, from the tables of the kernel; undefined where there are none. */
export function listenerOwners(
  port: number,
  tables = ['/proc/net/tcp', '/proc/net/tcp6'],
): readonly number[] | undefined {
  const texts = tables.flatMap((path) => {
    try {
      return [readFileSync(path, 'utf8')]
    } catch {
      return []
    }
  })
  if (texts.length === 0) return undefined
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const owners = texts
    .flatMap((text) => text.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    // local address, remote address, state (0A: listens), …, user
    .filter(([, local = '', , state]) => local.endsWith(`:${hex}`) && state === '0A')
    .map((columns) => Number(columns[7]))
  return [...new Set(owners)]
}

async function networkWays({direct}: Surroundings): Promise<readonly WayAround[]> {
  if (direct.length > 0) {
    return Promise.all(
      direct.map(async (target): Promise<WayAround> => {
        const way = `connection to ${showListen(target)}`
        const problem = await connection(target)
        return problem === undefined
          ? {way, state: 'open', detail: 'made without the firewall', remedy: KEEP_IN}
          : {way, state: 'closed', detail: problem}
      }),
    )
  }
  const routes = await Promise.all(
    (['udp4', 'udp6'] as const).map(async (kind) =>
      (await hasRoute(kind)) ? [kind === 'udp4' ? 'IPv4' : 'IPv6'] : [],
    ),
  )
  const kinds = routes.flat()
  return [
    kinds.length === 0
      ? {way: 'network', state: 'closed', detail: 'there is no route outwards'}
      : {
          way: 'network',
          state: 'unknown',
          detail: `there is a route outwards (${kinds.join(', ')}); --direct HOST:PORT tries it`,
          remedy: KEEP_IN,
        },
  ]
}

/** A datagram socket that is only connected: the kernel looks the route up, and nothing is sent. */
function hasRoute(kind: 'udp4' | 'udp6'): Promise<boolean> {
  return new Promise((done) => {
    const socket = createSocket(kind)
    const end = (exists: boolean): void => {
      socket.close()
      done(exists)
    }
    socket.once('error', () => end(false))
    socket.connect(9, OUTSIDE[kind], () => end(true))
  })
}

/** Resolves to undefined once connected. */
function connection({host, port}: ListenAddress): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect({host, port})
    const end = (problem?: string): void => {
      socket.destroy()
      done(problem)
    }
    socket.setTimeout(TIMEOUT_MS, () => end('no response'))
    socket.once('connect', () => end())
    socket.once('error', (error) => end(errnoOf(error) ?? error.message))
  })
}

/** Tried only beside connections: a query is sent. */
async function nameWay({direct, resolver}: Surroundings): Promise<readonly WayAround[]> {
  if (direct.length === 0) return []
  const way = 'look-ups'
  try {
    await resolver.resolve4('pipelock-doctor.invalid')
  } catch (error) {
    if (!['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED'].includes(errnoOf(error) ?? ''))
      return [{way, state: 'closed', detail: `no name server responds (${errnoOf(error) ?? 'failed'})`}]
  }
  const detail = `a name server responds (${resolver.getServers().join(', ')}): queries carry data past the firewall`
  return [{way, state: 'open', detail, remedy: KEEP_IN}]
}

function containerWay({env}: Surroundings): WayAround {
  const runtime = env['XDG_RUNTIME_DIR']
  const sockets = [
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    '/run/containerd/containerd.sock',
    '/run/crio/crio.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : []),
  ]
  const usable = sockets.filter((path) => existsSync(path) && may(path, constants.W_OK))
  if (usable.length === 0)
    return {way: 'containers', state: 'closed', detail: 'no socket of a container engine can be used'}
  const detail = `${usable.join(', ')}: starts a container with any network`
  return {way: 'containers', state: 'open', detail, remedy: 'take this user out of the group of the socket'}
}

function fileWays({config, evidence, files}: Surroundings): readonly WayAround[] {
  const ways: WayAround[] = []
  if (config !== undefined) {
    const isOpen = may(config, constants.W_OK) || may(dirname(config), constants.W_OK)
    ways.push(
      isOpen
        ? {
            way: 'configuration',
            state: 'open',
            detail: `${config} can be replaced`,
            remedy: 'give it and its folder to root',
          }
        : {way: 'configuration', state: 'closed', detail: 'cannot be changed'},
    )
  }
  for (const [way, paths] of Object.entries(files)) {
    const readable = paths.filter((path) => may(path, constants.R_OK) && statSync(path).isFile())
    ways.push(
      readable.length === 0
        ? {way, state: 'closed', detail: 'cannot be read'}
        : {way, state: 'open', detail: `${readable.join(', ')} can be read`, remedy: OWN_USER},
    )
  }
  if (evidence !== undefined && existsSync(evidence)) {
    ways.push(
      may(evidence, constants.W_OK)
        ? {way: 'evidence', state: 'open', detail: `files in ${evidence} can be deleted`, remedy: OWN_USER}
        : {way: 'evidence', state: 'closed', detail: 'cannot be changed'},
    )
  }
  return ways
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** Servers of the same machine, which `run` exempts itself. */
const LOCAL: ReadonlySet<string> = new Set(['', 'localhost', '127.0.0.1', '::1', '[::1]'])

function environmentWay({env, main}: Surroundings): WayAround {
  const way = 'environment'
  const read = (name: string): string => env[name.toLowerCase()] || env[name] || ''
  const unset = ['HTTP_PROXY', 'HTTPS_PROXY'].filter((name) => !leadsTo(read(name), main))
  const remedy = 'start the agent with pipelock run -- COMMAND'
  if (unset.length > 0)
    return {way, state: 'open', detail: `${unset.join(' and ')} of this shell: not the firewall`, remedy}
  const exempt = read('NO_PROXY')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !LOCAL.has(name))
  if (exempt.length > 0) return {way, state: 'open', detail: `NO_PROXY exempts ${exempt.join(', ')}`, remedy}
  return {way, state: 'closed', detail: 'the proxy variables name the firewall'}
}

function leadsTo(value: string, main: ListenAddress): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  const [host, own] = [urlHost(url), reachedAt(main).host]
  return Number(url.port || 80) === main.port && (host === own || (isLoopback(host) && isLoopback(own)))
}

function tunnelWay({opensTunnels}: Surroundings): readonly WayAround[] {
  if (opensTunnels === undefined) return []
  const way = 'content of tunnels'
  return [
    opensTunnels
      ? {
          way,
          state: 'closed',
          detail: 'HTTPS is inspected, but for passthrough domains and clients that do not trust the authority',
        }
      : {
          way,
          state: 'open',
          detail: 'what HTTPS carries to an allowed host is not inspected',
          remedy: 'tls_interception.enabled: true, after pipelock tls init',
        },
  ]
}
