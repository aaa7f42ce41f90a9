// OpenTelemetry over HTTP: log records as protobuf, everything that waits in one request.
import {gzip} from 'node:zlib'
import {promisify} from 'node:util'
import {ProtobufLogsSerializer} from '@opentelemetry/otlp-transformer'
import type {Clock} from '../../core/ports.js'
import {errorText} from '../../lib/error-text.js'
import {Undelivered, type Sender} from './delivery.js'
import {fieldEntries, type EmittedEvent} from './event.js'
import {createReceiver} from './http.js'
import type {Severity} from './severity.js'

type LogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number]

export interface OtlpOptions {
  /** Without `/v1/logs`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeout_seconds: number
  readonly gzip: boolean
  /** Numbers, booleans and lists as such; otherwise every attribute is text. */
  readonly typed_attributes: boolean
}

export interface OtlpSource {
  readonly version: string
  readonly instance: string
}

const PATH = '/v1/logs'
const MOST = 128
const SEVERITIES: Readonly<Record<Severity, readonly [number: number, text: string]>> = {
  critical: [17, 'ERROR'],
  warn: [13, 'WARN'],
  info: [9, 'INFO'],
}
/** The protocol names the statuses that may be tried again; 500 is not one of them. */
const RETRIED: ReadonlySet<number> = new Set()
const SCOPE = {name: ''}

export function createOtlp(options: OtlpOptions, source: OtlpSource, clock: Pick<Clock, 'now'>): Sender {
  const receiver = createReceiver({
    url: new URL(`${options.endpoint.replace(/\/+$/, '')}${PATH}`),
    headers: {
      ...Object.fromEntries(Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value])),
      'content-type': 'application/x-protobuf',
      'user-agent': 'pipelock',
      ...(options.gzip && {'content-encoding': 'gzip'}),
    },
    timeoutMs: options.timeout_seconds * 1000,
    retried: RETRIED,
    clock,
  })
  const resource = {
    attributes: {
      'service.name': 'pipelock',
      'service.version': source.version,
      'service.instance.id': source.instance,
    },
  }
  const recordOf = (event: EmittedEvent): LogRecord =>
    // of a resource the serialiser reads the attributes alone
    ({
      ...recordTimes(event.atMs),
      severityNumber: SEVERITIES[event.severity][0],
      severityText: SEVERITIES[event.severity][1],
      body: event.type,
      eventName: event.type,
      attributes: {...attributes(event, options.typed_attributes), 'pipelock.instance': source.instance},
      droppedAttributesCount: 0,
      resource,
      instrumentationScope: SCOPE,
    }) as unknown as LogRecord
  return {
    most: MOST,
    async send(events, signal) {
      const request = ProtobufLogsSerializer.serializeRequest(events.map(recordOf))
      if (!request) throw new Undelivered('the events cannot be encoded', {retries: 0})
      const body = Buffer.from(request)
      return refusedOf(await receiver.post(options.gzip ? await promisify(gzip)(body) : body, signal), events.length)
    },
    close: receiver.close,
  }
}

function recordTimes(ms: number): Pick<LogRecord, 'hrTime' | 'hrTimeObserved'> {
  const time: [number, number] = [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
  return {hrTime: time, hrTimeObserved: time}
}

function attributes(event: EmittedEvent, isTyped: boolean): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fieldEntries(event.fields).map(([name, value]) => [name, isTyped ? typed(value) : textOf(value)]),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function typed(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : textOf(value)
}

/** Number of records that a successful response says were not taken. */
function refusedOf(response: Buffer, sent: number): number {
  if (response.length === 0) return 0
  try {
    const {partialSuccess} = ProtobufLogsSerializer.deserializeResponse(response)
    return Math.min(Number(partialSuccess?.rejectedLogRecords ?? 0), sent)
  } catch (error) {
    throw new Undelivered(`the response is not one of OTLP: ${errorText(error)}`, {retries: 0})
  }
}
