// HTTP message signatures (RFC 9421) with Ed25519: the base that is signed, and signatures in messages. What is verified is
// the text of the parameters as it was received, never one written anew. A component that is not known here refuses the
// signature: a verifier that passes over a component does not know what was signed.
import {sign, verify, type PrivateKey, type PublicKey} from './ed25519.js'
import {sha256} from './hash.js'
import {
  dictionaryTexts,
  isInnerList,
  parseDictionary,
  writeDictionary,
  writeInnerList,
  type BareItem,
} from './structured-fields.js'

/** Names and values of header fields in the order of the wire. */
export type Fields = readonly (readonly [string, string])[]

export interface SignedRequest {
  readonly method: string
  /** Absolute, as sent, without fragment. */
  readonly targetUri: string
  /** `Host` as sent. */
  readonly authority: string
  readonly fields: Fields
}

export interface SignedResponse {
  readonly status: number
  readonly fields: Fields
  /** The request that it answers, for components with `;req`. */
  readonly request: SignedRequest
}

export type SignedMessage = SignedRequest | SignedResponse

export interface Component {
  /** A field name in lower case, or a derived component with its `@`. */
  readonly name: string
  /** Taken from the request that a response answers (RFC 9421, section 2.4). */
  readonly ofRequest?: boolean
}

/** Text that cannot be put into a base, or that says nothing that can be verified. */
export class SignatureFault extends Error {
  override readonly name = 'SignatureFault'
  /** A component is not known here; everything else can be read. */
  readonly isOfComponent: boolean

  constructor(message: string, {isOfComponent = false}: {readonly isOfComponent?: boolean} = {}) {
    super(message)
    this.isOfComponent = isOfComponent
  }
}

const DERIVED: Readonly<Record<string, (request: SignedRequest) => string | undefined>> = {
  '@method': ({method}) => method,
  '@target-uri': ({targetUri}) => targetUri,
  '@authority': ({authority}) => authority.toLowerCase(),
  '@scheme': ({targetUri}) => partsOf(targetUri)?.scheme?.toLowerCase(),
  '@path': ({targetUri}) => partsOf(targetUri)?.path || '/',
  '@query': ({targetUri}) => partsOf(targetUri)?.query || '?',
}

/** Percent-encoding stays as it was sent: two spellings of one path are two paths to the one who signed. */
function partsOf(uri: string) {
  return /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/[^/?#]*(?<path>[^?#]*)(?<query>\?[^#]*)?$/i.exec(uri)?.groups
}

/** The text that is signed; `parameters` is the value of `@signature-params` (RFC 9421, section 2.5). Throws SignatureFault. */
export function signatureBase(message: SignedMessage, components: readonly Component[], parameters: string): string {
  const lines = components.map((component) => `${identifier(component)}: ${valueOf(message, component)}`)
  if (new Set(components.map(identifier)).size !== components.length) {
    throw new SignatureFault('a component is covered twice')
  }
  return [...lines, `"@signature-params": ${parameters}`].join('\n')
}

const identifier = ({name, ofRequest}: Component): string => `"${name}"${ofRequest ? ';req' : ''}`

function valueOf(message: SignedMessage, component: Component): string {
  const {name, ofRequest} = component
  const isResponse = 'status' in message
  if (ofRequest && !isResponse)
    throw new SignatureFault(`${identifier(component)}: only a response can refer to a request`)
  const source = ofRequest && isResponse ? message.request : message
  const value = name.startsWith('@') ? derived(source, name) : fieldValue(source.fields, name)
  if (value === undefined) throw new SignatureFault(`${identifier(component)} is not in the message, or not known here`)
  // a line break in a value would be another line of the base
  if (!/^[\t\x20-\x7e]*$/.test(value)) throw new SignatureFault(`${identifier(component)} holds more than ASCII text`)
  return value
}

function derived(source: SignedMessage, name: string): string | undefined {
  if ('status' in source) return name === '@status' ? String(source.status) : undefined
  return Object.hasOwn(DERIVED, name) ? DERIVED[name]?.(source) : undefined
}

/** Lines of one field without surrounding space, joined (RFC 9421, section 2.1); undefined when there is none. Folded lines never get here. */
export function fieldValue(fields: Fields, name: string): string | undefined {
  const lines = fields.filter(([each]) => each.toLowerCase() === name)
  return lines.length === 0 ? undefined : lines.map(([, value]) => trimmed(value)).join(', ')
}

/** A pattern anchored at the end would be tried at every space of a long value. */
function trimmed(value: string): string {
  let [start, end] = [0, value.length]
  while (value[start] === ' ' || value[start] === '\t') start++
  while (end > start && (value[end - 1] === ' ' || value[end - 1] === '\t')) end--
  return value.slice(start, end)
}

export interface NewSignature {
  readonly label: string
  readonly components: readonly Component[]
  /** In the order in which they are written. */
  readonly parameters: readonly (readonly [string, string | number])[]
}

/** The `Signature-Input` and `Signature` fields of one new signature. Throws SignatureFault, or TypeError for what has no spelling. */
export function signMessage(
  message: SignedMessage,
  {label, components, parameters}: NewSignature,
  key: PrivateKey,
): Fields {
  const input = writeInnerList([
    components.map(({name, ofRequest}) => [name, new Map<string, BareItem>(ofRequest ? [['req', true]] : [])]),
    new Map(parameters),
  ])
  const signature = sign(key, Buffer.from(signatureBase(message, components, input), 'ascii'))
  return [
    ['Signature-Input', `${label}=${input}`],
    ['Signature', writeDictionary(new Map([[label, [signature, new Map()]]]))],
  ]
}

export interface ReceivedSignature {
  readonly label: string
  readonly components: readonly Component[]
  readonly parameters: ReadonlyMap<string, string | number>
  /** The member of `Signature-Input` as it was received. */
  readonly input: string
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * Every signature of a message; none when it has no such fields. Throws SignatureFault when they cannot be read. With
 * `isRead` only those under these labels are read: what other signers wrote, and whether it is known here, is no concern.
 */
export function readSignatures(fields: Fields, isRead?: (label: string) => boolean): readonly ReceivedSignature[] {
  const [inputs, values] = [fieldValue(fields, 'signature-input'), fieldValue(fields, 'signature')]
  if (inputs === undefined && values === undefined) return []
  const members = parseDictionary(inputs ?? '')
  const texts = dictionaryTexts(inputs ?? '')
  const signatures = parseDictionary(values ?? '')
  if (!members || !texts || !signatures) throw new SignatureFault('Signature-Input and Signature are no dictionaries')
  if (!isRead && members.size !== signatures.size)
    throw new SignatureFault('Signature-Input and Signature name other signatures')
  return [...members]
    .filter(([label]) => isRead?.(label) ?? true)
    .map(([label, member]) => {
      const bytes = signatures.get(label)?.[0]
      if (!isInnerList(member)) throw new SignatureFault(`Signature-Input ${label} is no list of components`)
      if (!(bytes instanceof ArrayBuffer) || bytes.byteLength !== 64)
        throw new SignatureFault(`Signature ${label} is not 64 bytes`)
      return {
        label,
        components: member[0].map(([name, own]) => componentOf(label, name, own)),
        parameters: new Map([...member[1]].map(([name, value]) => [name, parameterOf(label, value)])),
        input: texts.get(label) ?? '',
        signature: new Uint8Array(bytes),
      }
    })
}

function componentOf(label: string, name: BareItem, parameters: ReadonlyMap<string, BareItem>): Component {
  if (typeof name !== 'string' || !/^@?[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
    throw new SignatureFault(`Signature-Input ${label} names no component`)
  for (const [key, value] of parameters) {
    if (key !== 'req' || value !== true)
      throw new SignatureFault(`Signature-Input ${label}: the parameter ${key} of "${name}" is not known here`, {
        isOfComponent: true,
      })
  }
  return parameters.size > 0 ? {name, ofRequest: true} : {name}
}

function parameterOf(label: string, value: BareItem): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new SignatureFault(`Signature-Input ${label} has a parameter that is neither text nor number`)
}

/** True when the key signed these components of this message. A message that lacks one is not what was signed. */
export function verifySignature(message: SignedMessage, received: ReceivedSignature, key: PublicKey): boolean {
  let base: string
  try {
    base = signatureBase(message, received.components, received.input)
  } catch (error) {
    if (error instanceof SignatureFault) return false
    throw error
  }
  return verify(key, Buffer.from(base, 'ascii'), received.signature)
}

/** The value of `Content-Digest` (RFC 9530) over the bytes of a body. */
export function contentDigest(body: Uint8Array): string {
  return writeDictionary(new Map([['sha-256', [sha256(body), new Map()]]]))
}
