// Data classes and their coverage of a contract body: every leaf is classified, regulated data is never signed.
import {isObject, type JsonValue} from '../../lib/json/reader.js'
import {PipelockError} from '../../core/errors.js'

const KNOWN: ReadonlySet<string> = new Set(['public', 'internal', 'sensitive', 'regulated'])
const SKIPPED: ReadonlySet<string> = new Set(['data_class_root', 'field_data_classes', 'signature'])

/** Throws a coded error that names the place unless the class is known and signable. */
export function checkDataClass(dataClass: string, where: string): void {
  if (!KNOWN.has(dataClass)) throw new PipelockError('invalid_data_class', `${where} does not name a data class`)
  if (dataClass === 'regulated')
    throw new PipelockError('regulated_field', `${where} is regulated, which is never signed`)
}

interface Classified {
  readonly data_class_root: string
  readonly field_data_classes: {readonly [path: string]: string} | null
}

/** Throws `invalid_data_class`, `regulated_field` or `missing_data_class`. */
export function checkCoverage(body: Classified): void {
  const classes = body.field_data_classes ?? {}
  for (const [path, dataClass] of Object.entries(classes)) {
    checkDataClass(dataClass, `field_data_classes[${JSON.stringify(path.slice(0, 80))}]`)
  }
  if (body.data_class_root !== '') {
    checkDataClass(body.data_class_root, 'data_class_root')
    return // inherited by every leaf without an entry
  }
  const missing = firstUnclassified({...body}, '', classes)
  if (missing !== undefined) throw new PipelockError('missing_data_class', `${missing} has no data class`)
}

function firstUnclassified(value: unknown, path: string, classes: object): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const unclassified = firstUnclassified(item, `${path}[]`, classes)
      if (unclassified !== undefined) return unclassified
    }
    return undefined
  }
  if (isObject(value as JsonValue)) {
    for (const [name, member] of Object.entries(value as object)) {
      if (SKIPPED.has(name)) continue
      const unclassified = firstUnclassified(member, path === '' ? name : `${path}.${name}`, classes)
      if (unclassified !== undefined) return unclassified
    }
    return undefined
  }
  return Object.hasOwn(classes, path) ? undefined : path
}
