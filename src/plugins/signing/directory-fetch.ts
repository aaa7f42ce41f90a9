// Fetches the key directory of a host. Everything that the host can choose is bounded: time, size, redirects,
// number of keys. What comes back says which keys the host claims, and which of them signed this very answer; that it is
// the right host, or an honest one, is for the caller to know from elsewhere.
import {request as requestHttp, type IncomingMessage} from 'node:http'
import {request as requestHttps} from 'node:https'
import {PipelockError} from '../../core/errors.js'
import {
  DIRECTORY_PATH,
  DIRECTORY_TAG,
  JSON_TYPE,
  JWK_TYPE,
  MAX_DIRECTORY_BYTES,
  parseDirectory,
  thumbprint,
  type DirectoryKey,
} from '../../formats/key-directory.js'
import {
  contentDigest,
  fieldValue,
  readSignatures,
  SignatureFault,
  verifySignature,
  type Fields,
  type ReceivedSignature,
  type SignedRequest,
} from '../../lib/http-signature.js'
import {quoted} from '../../lib/terminal.js'

const MAX_REDIRECTS = 3
const MAX_HEADER_BYTES = 16 * 1024
/** Clocks of two machines differ. */
const SKEW_SECONDS = 60

export interface DirectoryRequest {
  readonly scheme: 'http' | 'https'
  /** Name or address, with a port where it is not that of the scheme. */
  readonly host: string
  readonly timeoutMs: number
  readonly nowSeconds: number
}

export interface FetchedDirectory {
  readonly url: string
  readonly keys: readonly DirectoryKey[]
  /** Ids of the keys whose private half signed the response. */
  readonly proven: ReadonlySet<string>
}

/** Throws `usage` for a host that is none, `directory_unreachable`, `directory_invalid`. */
export async function fetchDirectory(requested: DirectoryRequest): Promise<FetchedDirectory> {
  const signal = AbortSignal.timeout(requested.timeoutMs)
  const first = directoryUrl(requested)
  let url = first
  for (let hops = 0; ; hops++) {
    const response = await get(url, signal)
    if ([301, 302, 303, 307, 308].includes(response.status)) {
      if (hops === MAX_REDIRECTS) throw unreachable(first, `more than ${MAX_REDIRECTS} redirects`)
      url = sameOrigin(first, url, fieldValue(response.fields, 'location'))
      continue
    }
    if (response.status !== 200) throw unreachable(url, `status ${response.status}`)
    const keys = parseDirectory(response.body, fieldValue(response.fields, 'content-type') ?? '')
    const request = {method: 'GET', targetUri: url.href, authority: url.host, fields: []}
    return {url: url.href, keys, proven: provenKeys(response, request, keys, requested.nowSeconds)}
  }
}

function directoryUrl({scheme, host}: DirectoryRequest): URL {
  // a value that a URL parser would read as more than a host and a port is refused as it is
  const url = /^[^/\\?#@%\s]+$/.test(host) ? parsedUrl(`${scheme}://${host}${DIRECTORY_PATH}`) : undefined
  if (url?.pathname !== DIRECTORY_PATH || url.username !== '' || url.search !== '') {
    throw new PipelockError('usage', `${quoted(host, 80)} is not a host`, {
      hint: 'give a name or address, with :PORT where needed; give the scheme with --scheme',
    })
  }
  return url
}

function parsedUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined
}

function sameOrigin(first: URL, from: URL, location: string | undefined): URL {
  const to = location === undefined ? undefined : parsedUrl(location, from)
  if (to?.origin !== first.origin) throw unreachable(first, 'it leads to another origin than the requested one')
  return to
}

interface DirectoryResponse {
  readonly status: number
  readonly fields: Fields
  readonly body: Buffer
}

function get(url: URL, signal: AbortSignal): Promise<DirectoryResponse> {
  return new Promise((done, fail) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    const failed = (error: Error): void =>
      fail(
        error instanceof PipelockError
          ? error
          : unreachable(url, signal.aborted ? 'no response in time' : error.message),
      )
    const headers = {accept: `${JSON_TYPE}, ${JWK_TYPE};q=0.5`, 'accept-encoding': 'identity', connection: 'close'}
    const sent = request(url, {signal, agent: false, maxHeaderSize: MAX_HEADER_BYTES, headers}, (response) => {
      response.on('error', failed)
      collect(response, url).then(
        (body) => done({status: response.statusCode ?? 0, fields: fieldsOf(response), body}),
        (error: unknown) => {
          sent.destroy()
          failed(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
    sent.on('error', failed)
    sent.end()
  })
}

async function collect(response: IncomingMessage, url: URL): Promise<Buffer> {
  const coding = response.headers['content-encoding']
  if (coding !== undefined && coding !== 'identity')
    throw unreachable(url, 'its body is encoded, which was not requested')
  const parts: Buffer[] = []
  let total = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    total += part.length
    if (total > MAX_DIRECTORY_BYTES)
      throw new PipelockError('directory_invalid', 'the key directory: it is longer than 256 KiB')
    parts.push(part)
  }
  return Buffer.concat(parts, total)
}

function fieldsOf({rawHeaders}: IncomingMessage): Fields {
  return rawHeaders.flatMap((name, i): Fields => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? '']] : []))
}

function unreachable(url: URL, why: string): PipelockError {
  return new PipelockError('directory_unreachable', `${url.href}: ${why}`)
}

/**
 * Keys that signed this answer, body included, for the host that was asked. A signature by a listed key that does not hold
 * makes the whole answer one that somebody changed.
 */
function provenKeys(
  {status, fields, body}: DirectoryResponse,
  request: SignedRequest,
  keys: readonly DirectoryKey[],
  nowSeconds: number,
): ReadonlySet<string> {
  const proven = new Set<string>()
  for (const received of signaturesOf(fields)) {
    const {parameters, components} = received
    if (parameters.get('tag') !== DIRECTORY_TAG) continue
    const named = parameters.get('keyid')
    const listed = keys.find(({keyId, key}) => thumbprint(key) === named || keyId === named)
    // somebody else's, or one that leaves the body open: it proves nothing, and says nothing against the answer
    const covers = (name: string, ofRequest: boolean): boolean =>
      components.some((each) => each.name === name && (each.ofRequest ?? false) === ofRequest)
    if (!listed || !covers('@authority', true) || !covers('content-digest', false)) continue
    const problem = isCurrent(received, nowSeconds)
      ? fieldValue(fields, 'content-digest') !== contentDigest(body)
        ? 'its body is not the one that was signed'
        : verifySignature({status, fields, request}, received, listed.key)
          ? undefined
          : 'its signature does not verify'
      : 'its signature has expired, or is not of this time'
    if (problem !== undefined) throw new PipelockError('directory_invalid', `the key directory: ${problem}`)
    proven.add(listed.keyId)
  }
  return proven
}

function signaturesOf(fields: Fields): readonly ReceivedSignature[] {
  try {
    return readSignatures(fields)
  } catch (error) {
    if (error instanceof SignatureFault)
      throw new PipelockError('directory_invalid', `the key directory: ${error.message}`)
    throw error
  }
}

function isCurrent({parameters}: ReceivedSignature, now: number): boolean {
  const [created, expires, alg] = [parameters.get('created'), parameters.get('expires'), parameters.get('alg')]
  return (
    typeof created === 'number' &&
    typeof expires === 'number' &&
    created <= now + SKEW_SECONDS &&
    expires > now - SKEW_SECONDS &&
    (alg === undefined || alg === 'ed25519')
  )
}
