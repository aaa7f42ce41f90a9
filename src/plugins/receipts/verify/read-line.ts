// One line of a log, read strictly, with the source texts that hashes cover.
import {EvidenceFault, MAX_DEPTH, readEvidenceObject} from '../../../formats/evidence-fault.js'
import {decodeUtf8, JsonFault, readJson, type JsonObject} from '../../../lib/json/reader.js'

export interface ReadLine {
  readonly text: string
  readonly value: JsonObject
  /** "" when it has none. */
  readonly detailText: string
  readonly extText: string | undefined
}

/** Throws EvidenceFault. */
export function readLine(bytes: Uint8Array): ReadLine {
  const text = decodeLine(bytes)
  let detailText = ''
  let extText: string | undefined
  const value = readEvidenceObject(text, {
    onRootMember(name, start, end) {
      if (name === 'detail') detailText = text.slice(start, end)
      else if (name === 'ext') extText = text.slice(start, end)
    },
  })
  return {text, value, detailText, extText}
}

function decodeLine(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (error instanceof JsonFault) throw new EvidenceFault('malformed_json', error.message)
    throw error
  }
}

/** Of a receipt that is the detail of an entry. */
export function textOfExt(detail: string): string | undefined {
  let declared: string | undefined
  readEvidenceObject(detail, {
    onRootMember(name, start, end) {
      if (name === 'ext') declared = detail.slice(start, end)
    },
  })
  return declared
}

/** A line that is JSON was not cut short, whatever else is wrong with it. */
export function isJson(bytes: Buffer): boolean {
  try {
    readJson(bytes, {maxDepth: MAX_DEPTH})
    return true
  } catch (error) {
    if (error instanceof JsonFault) return error.kind === 'depth' || error.kind === 'duplicate'
    throw error
  }
}
