// The text or file of a question, with its media type and within the limits of the scanners.
import {extname} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Subject, Surface} from '../../core/explanation.js'
import {ReadFault, readSecurely} from '../../lib/secure-read.js'
import type {ReadSettings} from '../../core/services/settings.js'
import {readSettings} from '../../host/config/settings.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'

export interface Given {
  readonly url?: string | undefined
  readonly text?: string | undefined
  readonly file?: string | undefined
  readonly mediaType?: string | undefined
  readonly as?: string | undefined
}

export interface Question {
  readonly subject: Subject
  readonly surfaces: readonly Surface[]
}

/** Assumed destination of a text. */
export const ASSUMED_URL = 'https://example.com/'

/** Throws `usage` for an unreadable file or an invalid media type. undefined when there is no question. */
export async function questionOf(given: Given, config: EffectiveConfig): Promise<Question | undefined> {
  const {url, text, file, as} = given
  if (text === undefined && file === undefined) {
    return url === undefined ? undefined : {subject: {url}, surfaces: ['url']}
  }
  const bytes = text === undefined ? readLimited(file ?? '', await readSettings(config)) : Buffer.from(text, 'utf8')
  const mediaType = given.mediaType ?? TYPES[extname(file ?? '').toLowerCase()] ?? 'text/plain; charset=utf-8'
  if (!/^[!-~]+\/[ -~]+$/.test(mediaType)) {
    throw new PipelockError('usage', `--media-type ${JSON.stringify(mediaType)} is not a media type`, {
      hint: 'it has the form type/subtype, such as application/json',
    })
  }
  const directions: readonly Surface[] = as === 'request' ? ['request'] : as === 'response' ? ['response'] : BOTH
  return {
    subject: {url: url ?? ASSUMED_URL, content: {bytes, mediaType}},
    surfaces: url === undefined ? directions : ['url', ...directions],
  }
}

const BOTH: readonly Surface[] = ['request', 'response']

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
  '.ndjson': 'application/x-ndjson',
  '.html': 'text/html; charset=utf-8',
  '.htm': 'text/html; charset=utf-8',
  '.xhtml': 'application/xhtml+xml',
  '.xml': 'application/xml',
  '.svg': 'image/svg+xml',
  '.csv': 'text/csv; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.ico': 'image/x-icon',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wave',
  '.ogg': 'audio/ogg',
  '.flac': 'audio/flac',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
}

const SLACK_BYTES = 64 * 1024 * 1024

/** Reads slightly more than the scanners accept, so that they themselves report a file over the limit. */
function readLimited(path: string, settings: ReadSettings): Buffer {
  const limit = Math.max(settings('request-scanning').maxBodyBytes, settings('proxy').maxResponseBytes)
  try {
    return readSecurely(path, {maxBytes: Math.ceil(limit) + SLACK_BYTES, followLinks: true})
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    throw new PipelockError('usage', error.message, {hint: '--file names a readable regular file', cause: error})
  }
}
