// Requests that the truth of an agent does not have, by kind of attack. Made from the truth alone, never from the contract
// that they are tried on, and each kept only if no true endpoint would take it.
import {matchesPattern, parseDestination, RESERVED_SEGMENTS, requestPath, WILDCARD} from './product.mjs'
import {requestOf, urlOf} from './population.mjs'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']
const WORDS =
  'export backup internal debug webhooks keys dump shell proxy migrate batch raw admins tokens session'.split(' ')
const PORTS = [22, 81, 444, 3128, 4443, 8081, 9000]

export function truthOf(agent) {
  const http = agent.endpoints.filter(({type}) => type === 'http')
  const requests = http
    .filter(({method}) => method !== 'CONNECT')
    .map((endpoint) => ({...endpoint, pattern: endpoint.segments.map((s) => (typeof s === 'string' ? s : WILDCARD))}))
  return {
    requests,
    tunnels: http.filter(({method}) => method === 'CONNECT'),
    tools: agent.endpoints.filter(({type}) => type === 'tool'),
    admits({method, url, tool}) {
      if (tool !== undefined)
        return this.tools.some((t) => t.server === tool.server && t.tool === tool.name && !tool.forged)
      const to = parseDestination(url)
      if (to === undefined) return false
      const port = to.isDefaultPort ? undefined : to.port
      const here = (endpoint) => endpoint.method === method && endpoint.host === to.host && endpoint.port === port
      if (method === 'CONNECT') return this.tunnels.some(here)
      const path = requestPath(to.rawPath)
      if (typeof path === 'string') return false
      return this.requests.some((endpoint) => here(endpoint) && matchesPattern(endpoint.pattern, path.segments))
    },
  }
}

/** Kinds in the order of the table. `word` stands apart: an identifier and a word look alike to a wildcard, by the format. */
export const KINDS = {
  host: ({http, random}) => {
    const {endpoint, path} = http()
    const other = random.pick([
      `${endpoint.host}.example.org`,
      `www.${endpoint.host}`,
      endpoint.host.replace(/^[^.]+\./, ''),
      endpoint.host.replace(/a/, 'а'),
      `${endpoint.host}-cdn.net`,
      '203.0.113.9',
      '[2001:db8::9]',
    ])
    return {method: endpoint.method, url: urlOf({...endpoint, host: other}, path)}
  },
  method: ({http, random}) => {
    const {endpoint, path} = http()
    return {method: random.pick(METHODS), url: urlOf(endpoint, path)}
  },
  reserved: ({http, random}) => {
    const {endpoint, path} = http()
    path[random.int(path.length)] = random.pick([...RESERVED_SEGMENTS])
    return {method: endpoint.method, url: urlOf(endpoint, path)}
  },
  sibling: ({http, random}) => {
    const {endpoint, path} = http()
    const literals = endpoint.segments.flatMap((segment, i) => (typeof segment === 'string' ? [i] : []))
    path[random.pick(literals)] = random.pick(WORDS)
    return {method: endpoint.method, url: urlOf(endpoint, path)}
  },
  deeper: ({http, random}) => {
    const {endpoint, path} = http()
    const longer = random.chance(0.5) ? [...path, random.pick(WORDS)] : [...path, '1', '2', '3']
    return {method: endpoint.method, url: urlOf(endpoint, longer)}
  },
  port: ({http, random}) => {
    const {endpoint, path} = http()
    return {method: endpoint.method, url: urlOf({...endpoint, port: random.pick(PORTS)}, path)}
  },
  connect: ({http, tunnel, random}) => {
    const to = random.chance(0.5) ? {...http().endpoint, scheme: 'https'} : {...tunnel(), port: random.pick(PORTS)}
    return {method: 'CONNECT', url: urlOf(to, [])}
  },
  wildcard: ({wild, random}) => {
    const {endpoint, path, at} = wild()
    path[at] = random.pick(['', 'a%2Fb', '1/2', '%00', '.', '%2e', 'x'.repeat(2100), '1%0a', 'a%2f..%2fb', '/'])
    return {method: endpoint.method, url: urlOf(endpoint, path)}
  },
  encoded: ({wild, random}) => {
    const {endpoint, path, at} = wild()
    const noun = random.pick([...RESERVED_SEGMENTS])
    const hex = (c) => `%${c.charCodeAt(0).toString(16)}`
    path[at] = random.pick([
      hex(noun[0]) + noun.slice(1),
      [...noun].map(hex).join(''),
      noun.slice(0, -1) + hex(noun.at(-1)).toUpperCase(),
      `%${(noun[0].charCodeAt(0) - 32).toString(16)}${noun.slice(1)}`,
    ])
    return {method: endpoint.method, url: urlOf(endpoint, path)}
  },
  dots: ({http, random}) => {
    const {endpoint, path} = http()
    const up = random.pick(['..', '%2e%2e', '.%2E', '%2E.', '.', '%2e'])
    path.splice(random.range(1, path.length), 0, up, random.pick(WORDS))
    return {method: endpoint.method, url: urlOf(endpoint, path)}
  },
  case: ({wild, random}) => {
    const {endpoint, path, at} = wild()
    const noun = random.pick([...RESERVED_SEGMENTS])
    path[at] = random.pick([noun.toUpperCase(), noun[0].toUpperCase() + noun.slice(1), noun.replace('i', '%C4%B0')])
    return {method: endpoint.method, url: urlOf(endpoint, path)}
  },
  tool: ({tool, random}) => {
    const {server, tool: name} = tool()
    const forged = random.pick([
      {server, name: random.pick(['run_shell', 'delete_all', `${name}2`, name.toUpperCase()])},
      {server: 'shell', name},
      {server: server.toUpperCase(), name},
    ])
    return {tool: {...forged, args: '{}'}}
  },
  argument: ({constantTool, random}) => {
    const {endpoint, args} = constantTool()
    const forged = random.pick([
      {...args, workspace: 'other'},
      {...args, read_only: false},
      {...args, limit: 100000},
      {...args, limit: '20'},
      {...args, read_only: 'true'},
      Object.fromEntries(Object.entries(args).filter(([key]) => key !== 'read_only')),
      {...args, workspace: ['acme']},
    ])
    return {tool: {server: endpoint.server, name: endpoint.tool, args: JSON.stringify(forged), forged: true}}
  },
  word: ({wild, random}) => {
    const {endpoint, path, at} = wild()
    path[at] = random.pick(WORDS)
    return {method: endpoint.method, url: urlOf(endpoint, path), apart: true}
  },
}

/** `count` attacks of a kind, or fewer where the agent has nothing of the sort. */
export function attacksOf(agent, kind, count, random) {
  const truth = truthOf(agent)
  const attacks = []
  const draw = () => {
    const endpoint = random.pick(truth.requests)
    const path = endpoint.segments.map((s) => (typeof s === 'string' ? s : encodeURIComponent(s.draw(random))))
    return {endpoint, path}
  }
  const withWild = truth.requests.filter(({pattern}) => pattern.includes(WILDCARD))
  const constant = agent.clearArguments ? truth.tools.filter((tool) => tool.constant) : []
  if (kind === 'argument' && constant.length === 0) return []
  const tools = {
    random,
    http: () => {
      for (;;) {
        const drawn = draw()
        if (drawn.path.length > 0) return drawn
      }
    },
    wild: () => {
      const endpoint = random.pick(withWild)
      const path = endpoint.segments.map((s) => (typeof s === 'string' ? s : encodeURIComponent(s.draw(random))))
      return {endpoint, path, at: endpoint.pattern.indexOf(WILDCARD)}
    },
    tunnel: () => random.pick(truth.tunnels),
    tool: () => random.pick(truth.tools),
    constantTool: () => {
      const endpoint = random.pick(constant)
      return {endpoint, args: JSON.parse(requestOf(endpoint, random).tool.args)}
    },
  }
  for (let tries = 0; attacks.length < count && tries < count * 20; tries++) {
    const attack = KINDS[kind](tools)
    if (attack.apart || !truth.admits(attack)) attacks.push(attack)
  }
  return attacks
}
