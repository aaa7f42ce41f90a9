// A receiver of OpenTelemetry logs over HTTP. It decodes with another library than the one that encodes, by the field numbers
// that the protocol defines.
import {gunzipSync} from 'node:zlib'
import protobuf from 'protobufjs'
import {startOrigin, type Origin, type Respond} from './origins.js'

const field = (type: string, id: number, rule?: 'repeated') => ({type, id, ...(rule && {rule})})

/** Of `opentelemetry/proto/logs/v1/logs.proto` and what it uses. */
const ROOT = protobuf.Root.fromJSON({
  nested: {
    Request: {fields: {resourceLogs: field('ResourceLogs', 1, 'repeated')}},
    ResourceLogs: {fields: {resource: field('Resource', 1), scopeLogs: field('ScopeLogs', 2, 'repeated')}},
    Resource: {fields: {attributes: field('KeyValue', 1, 'repeated')}},
    ScopeLogs: {fields: {scope: field('Scope', 1), logRecords: field('LogRecord', 2, 'repeated')}},
    Scope: {fields: {name: field('string', 1), version: field('string', 2)}},
    LogRecord: {
      fields: {
        timeUnixNano: field('fixed64', 1),
        severityNumber: field('int32', 2),
        severityText: field('string', 3),
        body: field('AnyValue', 5),
        attributes: field('KeyValue', 6, 'repeated'),
        observedTimeUnixNano: field('fixed64', 11),
        eventName: field('string', 12),
      },
    },
    KeyValue: {fields: {key: field('string', 1), value: field('AnyValue', 2)}},
    AnyValue: {
      oneofs: {value: {oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue']}},
      fields: {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
        arrayValue: field('ArrayValue', 5),
      },
    },
    ArrayValue: {fields: {values: field('AnyValue', 1, 'repeated')}},
    Response: {fields: {partialSuccess: field('PartialSuccess', 1)}},
    PartialSuccess: {fields: {rejectedLogRecords: field('int64', 1), errorMessage: field('string', 2)}},
  },
})

export interface ReceivedLog {
  readonly severity: readonly [number: number, text: string]
  readonly body: unknown
  readonly eventName: string
  readonly timeUnixNano: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: string
}

export interface OtlpReceiver extends Origin {
  /** Of all requests so far, whether taken or refused. */
  logs(): readonly ReceivedLog[]
}

export async function startOtlpReceiver(respond?: Respond): Promise<OtlpReceiver> {
  const origin = await startOrigin(respond ?? ((_request, res) => void res.writeHead(200).end()))
  return Object.assign(origin, {
    logs: () =>
      origin.requests.flatMap(({body, rawHeaders}) => logsOf(rawHeaders.includes('gzip') ? gunzipSync(body) : body)),
  })
}

/** The body of a response that refuses some records. */
export function partialSuccess(rejectedLogRecords: number): Buffer {
  const type = ROOT.lookupType('Response')
  return Buffer.from(type.encode(type.fromObject({partialSuccess: {rejectedLogRecords, errorMessage: 'no'}})).finish())
}

interface Value {
  readonly arrayValue?: {readonly values: readonly Value[]}
  readonly [kind: string]: unknown
}

type Attributes = readonly {readonly key: string; readonly value: Value}[]

interface Decoded {
  readonly resourceLogs: readonly {
    readonly resource: {readonly attributes: Attributes}
    readonly scopeLogs: readonly {
      readonly scope: {readonly name: string}
      readonly logRecords: readonly {
        readonly timeUnixNano: string
        readonly severityNumber: number
        readonly severityText: string
        readonly body: Value
        readonly eventName: string
        readonly attributes: Attributes
      }[]
    }[]
  }[]
}

function logsOf(bytes: Buffer): readonly ReceivedLog[] {
  const type = ROOT.lookupType('Request')
  const decoded = type.toObject(type.decode(bytes), {longs: String, defaults: false, arrays: true}) as Decoded
  return decoded.resourceLogs.flatMap(({resource, scopeLogs}) =>
    scopeLogs.flatMap(({scope, logRecords}) =>
      logRecords.map((record) => ({
        severity: [record.severityNumber, record.severityText] as const,
        body: plain(record.body),
        eventName: record.eventName,
        timeUnixNano: record.timeUnixNano,
        attributes: table(record.attributes),
        resource: table(resource.attributes),
        scope: scope.name ?? '',
      })),
    ),
  )
}

const table = (attributes: Attributes): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({key, value}) => [key, plain(value)]))

/** A whole number arrives as text, for it may be longer than a number holds. */
function plain(value: Value): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plain)
  if (value['intValue'] !== undefined) return Number(value['intValue'])
  return value['stringValue'] ?? value['boolValue'] ?? value['doubleValue']
}
