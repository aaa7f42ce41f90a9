// Media in a text as data URIs: refused ones are replaced by a note, images lose their metadata in place.
import type {MediaPolicy, MediaVerdict} from '../../core/services/media.js'
import {readBase64} from '../../lib/base64.js'
import {kindOf, canonicalType} from './types.js'

export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly verdict: Exclude<MediaVerdict, {kind: 'none'}>
  readonly bytes: number
}

const DATA_URI = /data:([^,\s"'<>]{0,128}),([^\s"'<>()\\]*)/gi

/** In ascending order; empty where all of them may stay unchanged. */
export function editDataUris(text: string, policy: MediaPolicy): readonly TextEdit[] {
  const edits: TextEdit[] = []
  DATA_URI.lastIndex = 0
  for (let match = DATA_URI.exec(text); match; match = DATA_URI.exec(text)) {
    const [whole, meta = '', payload = ''] = match
    const isBase64 = /;base64$/i.test(meta)
    const declared = canonicalType(meta)
    const bytes = isBase64 ? readBase64(payload.replace(/%3d/gi, '=')) : Buffer.from(unescaped(payload), 'latin1')
    if (!bytes && kindOf(declared) === undefined) continue
    const verdict = policy.content(declared, bytes ?? Buffer.from('\0'))
    if (verdict.kind === 'none') continue
    const size = bytes?.length ?? 0
    const place = {start: match.index, end: match.index + whole.length, verdict, bytes: size}
    if (verdict.kind === 'refused') edits.push({...place, text: noteOf(verdict.refusal.why)})
    else if (bytes && verdict.bytes !== bytes) {
      const head = isBase64 ? meta : `${meta};base64`
      edits.push({...place, text: `data:${head},${verdict.bytes.toString('base64')}`})
    }
  }
  return edits
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The replacement of refused content; it needs no escape in JSON. */
export function noteOf(why: string): string {
  return `[media_policy: ${why.replaceAll('"', "'")}]`
}
