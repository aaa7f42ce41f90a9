// Names of the parameters in a query, one reading for compile and for enforcement (docs/formats/evaluation.md, Parameter
// names). Some servers split at `;` as well as at `&`, so both do here: a name that hides behind `;` is one.
import {isUtf8} from 'node:buffer'

const ESCAPES = /(?:%[0-9a-f]{2})+/gi
/** A server that decodes twice, or cuts at a control character, would read another name. */
const AMBIGUOUS = /%[0-9a-f]{2}|[\u0000-\u001f\u007f-\u009f\ufffd]/i

/** `rawQuery` is the text between `?` and `#` as received. In order, duplicates included. */
export function queryNames(rawQuery: string): readonly string[] {
  const names: string[] = []
  for (const part of rawQuery.split(/[&;]/)) {
    if (part === '') continue
    const equals = part.indexOf('=')
    names.push(decoded(equals < 0 ? part : part.slice(0, equals)))
  }
  return names
}

/** False for a name that servers read in different ways: no list of names admits it. Contract texts are in NFC. */
export function isListableName(name: string): boolean {
  return !AMBIGUOUS.test(name) && name.isWellFormed() && name.normalize('NFC') === name
}

/** `+` is a blank; escapes are decoded once. The raw text where they are not UTF-8. */
function decoded(raw: string): string {
  if (!/[%+]/.test(raw)) return raw
  let isText = true
  const text = raw.replaceAll('+', ' ').replace(ESCAPES, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex')
    isText &&= isUtf8(bytes)
    return bytes.toString('utf8')
  })
  return isText ? text : raw
}
