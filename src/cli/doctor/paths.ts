// The ways through the firewall, and a forbidden request for each. Nothing that it sends leaves this host, even where
// nothing is refused: the requests lead to a decoy on loopback, and the credential is made up.
import {randomBytes} from 'node:crypto'
import type {ListenAddress} from '../../core/listen.js'
import {attempt, type Response} from './attempt.js'
import type {Decoy} from './decoy.js'

export interface Listeners {
  readonly main: ListenAddress
  /** The others are known: without a configuration only the main listener is. */
  readonly isConfigured: boolean
  readonly forward: boolean
  readonly websocket: boolean
  readonly reverse: ListenAddress | undefined
  readonly scanApi: {readonly listener: ListenAddress; readonly token: string} | undefined
}

/** `untried`: it is off, or not known. */
export type PathState = 'refused' | 'passed' | 'unclear' | 'untried'

export interface PathResult {
  readonly path: string
  readonly request: string
  readonly state: PathState
  /** Code of the refusal; otherwise what happened. */
  readonly detail: string
  /** For `pipelock explain`. */
  readonly request_id?: string
}

/** Shows up in receipts and in the log. */
const AGENT = {'x-pipelock-agent': 'pipelock-doctor'} as const
const KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Has the shape of an access key, and belongs to nobody. */
function madeUpKey(): string {
  const random = [...randomBytes(16)].map((byte) => KEY_ALPHABET.charAt(byte % KEY_ALPHABET.length))
  return `AKIA${random.join('')}`
}

export async function tryPaths(listeners: Listeners, decoy: Decoy): Promise<readonly PathResult[]> {
  const {main, forward, websocket, reverse, scanApi} = listeners
  const inside = `127.0.0.1:${decoy.port}`
  const leak = `?key=${madeUpKey()}`
  const host = {host: inside, ...AGENT}
  const own = {host: `localhost:${main.port}`, ...AGENT}
  const internal = 'internal address'
  const credential = 'credential'
  const results: PathResult[] = []

  const through = async (path: string, request: string, sent: Omit<Parameters<typeof attempt>[0], 'listener'>) => {
    const before = decoy.reached()
    const response = await attempt({listener: main, ...sent})
    results.push({path, request, ...outcome(response, decoy.reached() > before)})
  }
  const off = (path: string, setting: string): void => {
    const detail = listeners.isConfigured ? `off: ${setting}` : 'not known without the configuration'
    results.push({path, request: '', state: 'untried', detail})
  }

  if (forward) {
    const url = `http://${inside}/`
    await through('forward proxy', internal, {method: 'GET', target: url, headers: host})
    await through('forward proxy', credential, {method: 'GET', target: url + leak, headers: host})
    await through('CONNECT', internal, {method: 'CONNECT', target: inside, headers: host})
  } else off('forward proxy', 'forward_proxy.enabled')

  const fetched = (query: string): string => `/fetch?url=${encodeURIComponent(`http://${inside}/${query}`)}`
  await through('/fetch', internal, {method: 'GET', target: fetched(''), headers: own})
  await through('/fetch', credential, {method: 'GET', target: fetched(leak), headers: own})

  if (websocket) {
    const headers = {
      ...own,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    }
    const opened = (query: string): string => `/ws?url=${encodeURIComponent(`ws://${inside}/${query}`)}`
    await through('/ws', internal, {method: 'GET', target: opened(''), headers})
    await through('/ws', credential, {method: 'GET', target: opened(leak), headers})
  } else off('/ws', 'websocket_proxy.enabled')

  if (reverse) {
    const response = await attempt({
      listener: reverse,
      method: 'GET',
      target: `/pipelock-doctor${leak}`,
      headers: {host: `localhost:${reverse.port}`, ...AGENT},
    })
    results.push({path: 'reverse proxy', request: credential, ...outcome(response, false)})
  } else off('reverse proxy', 'reverse_proxy.enabled')

  if (scanApi) {
    const response = await attempt({
      listener: scanApi.listener,
      method: 'POST',
      target: '/api/v1/scan',
      headers: {
        host: `localhost:${scanApi.listener.port}`,
        authorization: `Bearer ${scanApi.token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({kind: 'dlp', input: {text: madeUpKey()}}),
    })
    results.push({path: 'scan API', request: credential, ...verdict(response)})
  } else off('scan API', 'scan_api.listen and a token')
  return results
}

type Outcome = Pick<PathResult, 'state' | 'detail' | 'request_id'>

function outcome({status, reason, requestId, problem}: Response, isReached: boolean): Outcome {
  const id = requestId === undefined ? {} : {request_id: requestId}
  if (isReached) return {state: 'passed', detail: 'it reached the service', ...id}
  // a malformed request proves nothing
  if (reason !== undefined && reason !== 'bad_request') return {state: 'refused', detail: reason, ...id}
  if (status > 0 && status < 400) return {state: 'passed', detail: `status ${status}`, ...id}
  return {state: 'unclear', detail: problem ?? `status ${status}${reason === undefined ? '' : `, ${reason}`}`, ...id}
}

function verdict({status, decision, problem}: Response): Outcome {
  if (decision === 'deny') return {state: 'refused', detail: 'deny'}
  if (decision === 'allow') return {state: 'passed', detail: 'allow'}
  return {state: 'unclear', detail: problem ?? `status ${status} without a verdict`}
}
