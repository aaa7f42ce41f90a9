// The file of a model: a line that names the format, a line of JSON, then one signed byte for each bucket. It is read once,
// and only the bytes that this version of the program was built with are accepted: a damaged model would judge at random.
import {readFileSync} from 'node:fs'
import {PipelockError} from '../../../core/errors.js'
import {MODEL_SHA256} from '../../../core/injection-model.js'
import {sha256Hex} from '../../../lib/hash.js'
import {once} from '../../../lib/once.js'
import {BUCKETS, FEATURES} from './walk.js'

const FORMAT = 'pipelock-injection-model 1\n'

export interface Model {
  /** Added to every score. */
  readonly bias: number
  /** Score of one step of a weight. */
  readonly scale: number
  readonly weights: Int8Array
  /** What the strongest buckets stood for in training: explanations quote these, never the text that is judged. */
  readonly names: ReadonlyMap<number, string>
  /** How it was made: counts and digests. */
  readonly training: unknown
}

export function encodeModel({bias, scale, weights, names, training}: Model): Buffer {
  const header = {features: FEATURES, buckets: BUCKETS, bias, scale, names: [...names], training}
  return Buffer.concat([
    Buffer.from(`${FORMAT}${JSON.stringify(header)}\n`),
    Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength),
  ])
}

/** Throws where the bytes are not a model for the features of this version. */
export function decodeModel(bytes: Buffer): Model {
  const end = bytes.indexOf(0x0a, FORMAT.length)
  if (bytes.toString('latin1', 0, FORMAT.length) !== FORMAT || end < 0) throw damaged('it does not begin like one')
  const header = headerOf(bytes.toString('utf8', FORMAT.length, end))
  if (header === undefined) throw damaged('its header cannot be read')
  if (header.features !== FEATURES || header.buckets !== BUCKETS) {
    throw damaged(`it was made for features ${header.features}, and this version has features ${FEATURES}`)
  }
  const weights = bytes.subarray(end + 1)
  if (weights.length !== BUCKETS) throw damaged(`${BUCKETS} weights expected, ${weights.length} read`)
  const {bias, scale, names, training} = header
  return {bias, scale, names: new Map(names), training, weights: new Int8Array(Uint8Array.from(weights).buffer)}
}

/** The model of this package; throws where its file is missing or has other bytes. */
export const builtInModel = once((): Model =>
  readModel(new URL('../../../../data/injection-model.bin', import.meta.url)),
)

export function readModel(file: URL, digest = MODEL_SHA256): Model {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw damaged('its file cannot be read', error)
  }
  const actual = sha256Hex(bytes)
  if (actual !== digest) throw damaged(`its digest is ${actual.slice(0, 16)}…, not ${digest.slice(0, 16)}…`)
  return decodeModel(bytes)
}

interface Header {
  readonly features: number
  readonly buckets: number
  readonly bias: number
  readonly scale: number
  readonly names: readonly (readonly [number, string])[]
  readonly training: unknown
}

function headerOf(text: string): Header | undefined {
  try {
    const header = JSON.parse(text) as Header
    const numbers = [header.features, header.buckets, header.bias, header.scale]
    return numbers.every(Number.isFinite) && Array.isArray(header.names) ? header : undefined
  } catch {
    return undefined
  }
}

function damaged(why: string, cause?: unknown): PipelockError {
  return new PipelockError('config_invalid', `response_scanning.classifier: the model is damaged: ${why}`, {
    hint: 'install the package again; response_scanning.classifier.enabled: false runs without the classifier',
    ...(cause !== undefined && {cause}),
  })
}
