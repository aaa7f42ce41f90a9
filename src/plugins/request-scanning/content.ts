// Bodies without an exchange, for whoever asks about a text that nobody sends.
import type {ContentScanner} from '../../core/services/scanning.js'
import {extract} from './extract.js'
import {scanBody, type Scanners} from './scan.js'

const UNREADABLE = {credentials: [], injections: [], unreadable: true} as const

export function contentScanner(scanners: Scanners): ContentScanner {
  return function* (bytes, mediaType) {
    const extraction = yield* extract(bytes, {mediaType, contentType: mediaType}, bytes.length)
    if ('problem' in extraction) return UNREADABLE
    const {credentials, injections} = yield* scanBody(extraction, scanners, {tokenRequest: false})
    return {
      credentials: credentials.enforced,
      injections,
      unreadable: credentials.exhausted || extraction.unread !== undefined,
    }
  }
}
