// One line of a log, read strictly, with the source texts that hashes cover.
import {readEntryLine} from '../../../formats/entry.js'
import {EvidenceFault, MAX_DEPTH, readEvidenceObject} from '../../../formats/evidence-fault.js'
import {decodeUtf8, JsonFault, readJson} from '../../../lib/json/reader.js'

export type ReadLine = ReturnType<typeof readEntryLine> & {readonly text: string}

/** Throws EvidenceFault. */
export function readLine(bytes: Uint8Array): ReadLine {
  const text = decodeLine(bytes)
  return {text, ...readEntryLine(text)}
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
