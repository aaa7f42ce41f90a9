// Where the admin API of a running firewall is, and the token for it: flags, then the environment, then the configuration
// file, then the file that a firewall of the same home directory writes for its lifetime.
import {statSync} from 'node:fs'
import {PipelockError} from '../core/errors.js'
import {isLoopback, type ListenAddress, reachedAt, showListen, urlHost} from '../core/listen.js'
import type {Ports} from '../core/ports.js'
import {adminFileOf} from '../host/kill-switch-control.js'
import {isObject, JsonFault, readJson, type JsonObject} from '../lib/json/reader.js'
import {isRunning} from '../lib/process.js'
import {ReadFault, readSecurely} from '../lib/secure-read.js'

export interface AdminEndpoint {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string
}

export interface AdminChoice {
  readonly url: string | undefined
  readonly token: string | undefined
}

/** What a configuration file says. */
export interface AdminConfig {
  readonly path: string
  readonly listen: ListenAddress
  /** "": none. */
  readonly token: string
}

const MAX_FILE_BYTES = 65_536
/** A token in it is readable by others, or it can be executed: no file that was made for a secret. */
const FORBIDDEN_MODE = 0o177
const DEFAULT_URL = 'http://127.0.0.1:8888'

/** Throws usage where nothing names an address and a token. */
export function adminEndpoint(chosen: AdminChoice, config: AdminConfig | undefined, ports: Ports): AdminEndpoint {
  const {env, home} = ports
  const url = chosen.url ?? (env['PIPELOCK_API_URL'] || undefined)
  const token = chosen.token ?? (env['PIPELOCK_KILLSWITCH_API_TOKEN'] || undefined)
  const wholeToken = token ?? (config?.token || undefined)
  if (wholeToken !== undefined) {
    if (token === undefined && config) checkMode(config.path)
    return {
      url: checkedUrl(url ?? (config ? `http://${showListen(reachedAt(config.listen))}` : DEFAULT_URL)),
      token: wholeToken,
    }
  }
  const running = fromRunning(home)
  if (running !== undefined) return {...running, url: url === undefined ? running.url : checkedUrl(url)}
  throw new PipelockError('usage', 'no token for the admin API, and no firewall of this home directory runs', {
    hint: 'start pipelock run, or name them: --api-url URL --api-token-file FILE, or the token in a configuration',
  })
}

function checkMode(path: string): void {
  const mode = statSync(path).mode & 0o777
  if ((mode & FORBIDDEN_MODE) === 0) return
  throw new PipelockError(
    'usage',
    `${path} holds the token of the admin API and has mode ${mode.toString(8).padStart(4, '0')}`,
    {
      hint: `chmod 600 ${path}`,
    },
  )
}

function fromRunning(home: string): AdminEndpoint | undefined {
  const path = adminFileOf(home)
  let content: JsonObject
  try {
    const value = readJson(readSecurely(path, {maxBytes: MAX_FILE_BYTES, forbiddenMode: FORBIDDEN_MODE}), {maxDepth: 2})
    if (!isObject(value)) return undefined
    content = value
  } catch (error) {
    if (error instanceof ReadFault && error.kind === 'missing') return undefined
    if (error instanceof ReadFault || error instanceof JsonFault) {
      throw new PipelockError('usage', `${path}: ${error.message}`, {
        hint: 'restart the firewall, which writes it anew',
      })
    }
    throw error
  }
  const {url, token, pid} = content
  if (typeof url !== 'string' || typeof token !== 'string' || typeof pid !== 'number' || !isRunning(pid))
    return undefined
  return {url: checkedUrl(url), token}
}

/** `host:port` gets a scheme. */
function checkedUrl(text: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const refused = (why: string): never => {
    throw new PipelockError('usage', `the address of the admin API ${why}`, {hint: 'such as http://127.0.0.1:8889'})
  }
  if (!URL.canParse(whole)) return refused('is not a URL')
  const parsed = new URL(whole)
  const {protocol, username, password, search, hash} = parsed
  if (protocol !== 'http:' && protocol !== 'https:') return refused('must begin with http:// or https://')
  if (username !== '' || password !== '' || search !== '' || hash !== '')
    return refused('has a user, a query or a fragment')
  if (protocol === 'http:' && !isLoopback(urlHost(parsed)))
    return refused('would send the token in clear over the network')
  return whole.replace(/\/+$/, '')
}
