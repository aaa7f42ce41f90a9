// The `_method` of forms, for the contract. Forms are read whole before the contract is asked; other bodies stream as ever.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Hooks, Requirement} from '../../core/plugin.js'
import type {ActiveContracts} from '../../core/contract/evaluate.js'
import {methodsOfFields, UNREADABLE_METHOD} from '../../core/contract/overrides.js'
import {readForm} from '../../lib/body/form.js'
import {boundaryOf, MultipartFault, parameters, readMultipart} from '../../lib/body/multipart.js'

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const MAX_PARTS = 1000
const MAX_HEAD_BYTES = 8192
const MAX_HEADERS = 20

export interface FormMethods {
  readonly hooks: Pick<Hooks, 'requires' | 'inspect'>
  /** Methods that the form of an exchange asks for. */
  of(x: Exchange): readonly string[]
}

export interface FormOptions {
  readonly maxBytes: number
  /** A body with a content coding is decoded before it is inspected. */
  readonly decodes: boolean
  /** Blocks a form that cannot be read whole; undefined where the contract does not act. */
  readonly tooLong: Finding | undefined
}

export function formMethods(active: ActiveContracts | undefined, options: FormOptions): FormMethods {
  const methodsByExchange = new WeakMap<Exchange, string[]>()
  const applies = (x: Exchange, {direction, mediaType}: Unit): boolean =>
    direction === 'request' &&
    (mediaType === FORM || mediaType === MULTIPART) &&
    active?.resolve(x.agent.name)?.table.hasHttp === true
  const want: Requirement = {always: true, maxBytes: options.maxBytes, over: () => options.tooLong}
  return {
    hooks: {
      requires: (x, head) => (applies(x, head) ? want : undefined),
      inspect(x, unit) {
        if (unit.kind !== 'body' || !applies(x, unit)) return []
        const methods = isHidden(unit, options) ? [UNREADABLE_METHOD] : methodsIn(unit)
        if (methods.length > 0) methodsByExchange.set(x, [...(methodsByExchange.get(x) ?? []), ...methods])
        return []
      },
    },
    of: (x) => methodsByExchange.get(x) ?? [],
  }
}

function isHidden({headers}: Unit, {decodes}: FormOptions): boolean {
  return !decodes && headers.some(([name, value]) => name.toLowerCase() === 'content-encoding' && value.trim() !== '')
}

function methodsIn({bytes, mediaType, contentType}: Unit): readonly string[] {
  if (mediaType === FORM) return methodsOfFields(readForm(bytes.toString('utf8')))
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) return [UNREADABLE_METHOD]
  try {
    const limits = {
      maxParts: MAX_PARTS,
      maxPartBytes: bytes.length,
      maxHeadBytes: MAX_HEAD_BYTES,
      maxHeaders: MAX_HEADERS,
    }
    return readMultipart(bytes, boundary, limits).parts.flatMap((part) => {
      const disposition = part.headers.find(({name}) => name.toLowerCase() === 'content-disposition')?.value ?? ''
      const names = parameters(disposition).flatMap(([key, value]) => (key === 'name' ? [value] : []))
      return methodsOfFields(names.map((name) => ({name, value: part.body.toString('utf8')})))
    })
  } catch (error) {
    if (error instanceof MultipartFault) return [UNREADABLE_METHOD]
    throw error
  }
}
