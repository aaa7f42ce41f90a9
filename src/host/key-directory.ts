// The well-known key directory on the main listener. The current key signs the response, which proves that this
// firewall holds the listed key. It does not prove that the firewall can be trusted.
import type {Ports} from '../core/ports.js'
import {
  CACHE_SECONDS,
  DIRECTORY_TAG,
  directoryText,
  JSON_TYPE,
  JWK_TYPE,
  jwkSetText,
  thumbprint,
} from '../formats/keys/key-directory.js'
import {TEXT_HEADERS, textBody} from '../core/render.js'
import type {PrivateKey} from '../lib/ed25519.js'
import {contentDigest, signMessage, type Fields} from '../lib/http-signature.js'
import type {OwnRequest, OwnRoute} from '../transports/host.js'
import type {Generation} from './generation.js'
import {trimOws} from '../lib/ows.js'

export function keyDirectoryRoute(current: () => Generation, {clock, log}: Ports): OwnRoute {
  return {
    methods: ['GET', 'HEAD'],
    async handle(request) {
      const {recorder, mediation} = current().services
      const [receipts, envelopes] = [recorder.keyDirectory(), mediation.keyDirectory()]
      const keys = [...envelopes.keys, ...receipts.keys]
      const signer = receipts.signer ?? envelopes.signer
      log.info('key_directory', {keys: keys.length})
      if (keys.length === 0)
        return {status: 404, headers: TEXT_HEADERS, body: textBody('this firewall has no signing key')}
      const asSet = prefersSet(request.field('accept'))
      const body = Buffer.from(asSet ? jwkSetText(keys) : directoryText(keys))
      const signature = signer ? signed(request, body, signer, Math.floor(clock.now() / 1000)) : []
      return {
        status: 200,
        headers: [
          ['Content-Type', asSet ? JWK_TYPE : JSON_TYPE],
          ['Cache-Control', `public, max-age=${CACHE_SECONDS}`],
          ['Vary', 'Accept'],
          ['X-Content-Type-Options', 'nosniff'],
          ...signature,
        ],
        body,
      }
    },
  }
}

/**
 * Covers the requested authority, so that one firewall's response cannot be passed off as another's, and the body. A
 * signature base begins with a quoted name, so the signature can never be one of a receipt, a digest or a checkpoint by
 * the same key.
 */
function signed({authority, method, target}: OwnRequest, body: Buffer, key: PrivateKey, now: number): Fields {
  // no Host, or one that a signature base cannot hold
  if (!/^[\x21-\x7e]+$/.test(authority)) return []
  const digest: Fields = [['Content-Digest', contentDigest(body)]]
  const message = {
    status: 200,
    fields: digest,
    request: {method, targetUri: `http://${authority}${target}`, authority, fields: []},
  }
  const signature = signMessage(
    message,
    {
      label: 'directory',
      components: [{name: '@authority', ofRequest: true}, {name: 'content-digest'}],
      parameters: [
        ['created', now],
        // twice the cache lifetime: a cached response is still valid when it is read
        ['expires', now + 2 * CACHE_SECONDS],
        ['keyid', thumbprint(key.public)],
        ['alg', 'ed25519'],
        ['tag', DIRECTORY_TAG],
      ],
    },
    key,
  )
  return [...digest, ...signature]
}

/** A client of the standard names its type; any other, or one without a preference, gets our own form. */
function prefersSet(accept: string | undefined): boolean {
  const weights = new Map(
    (accept ?? '').split(',').map((range): readonly [string, number] => {
      const [type = '', ...parameters] = range.split(';').map((part) => trimOws(part).toLowerCase())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      return [type, Number(weight) || 0]
    }),
  )
  return (weights.get(JWK_TYPE) ?? 0) > (weights.get(JSON_TYPE) ?? 0)
}
