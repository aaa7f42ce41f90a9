// The section `emit`: where events are sent, from which severity on.
import {z} from 'zod'
import {FACILITIES} from './facilities.js'
import {SEVERITIES} from './severity.js'

const MAX_QUEUE = 65_536
const MAX_TIMEOUT_SECONDS = 60
const FACILITY_NAMES = Object.keys(FACILITIES) as [keyof typeof FACILITIES, ...(keyof typeof FACILITIES)[]]

const min_severity = z
  .enum(SEVERITIES)
  .default('warn')
  .describe('least severity that is sent; info: everything that the audit log receives')
  .meta({weaker: ['critical', 'warn', 'info']})

const queue = (size: number) =>
  z
    .int()
    .min(1)
    .max(MAX_QUEUE)
    .default(size)
    .describe('events that may wait for the receiver; further ones are dropped and counted')
    .meta({weaker: 'lower'})

const timeout = (seconds: number) =>
  z
    .number()
    .min(0.1)
    .max(MAX_TIMEOUT_SECONDS)
    .default(seconds)
    .describe('longest time that one delivery may take')
    .meta({weaker: 'never'})

/** "" or an address whose path may be a secret of its own. */
const httpUrl = z
  .string()
  .default('')
  .refine((text) => text === '' || isHttpUrl(text), {
    message: 'must be an http or https URL with a host, without user name and fragment',
  })

function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return false
  const {username, password, hash} = new URL(text)
  return username === '' && password === '' && hash === ''
}

const address = z
  .string()
  .default('')
  .refine((text) => text === '' || isSyslogAddress(text), {
    message: 'must be udp://HOST:PORT or tcp://HOST:PORT',
  })

function isSyslogAddress(text: string): boolean {
  if (!/^(?:udp|tcp):\/\/[^/?#@\s]+$/.test(text) || !URL.canParse(text)) return false
  const {hostname, port} = new URL(text)
  return hostname !== '' && Number(port) > 0
}

const TOKEN = /^[\x21-\x7e]*$/
const FIELD_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const FIELD_VALUE = /^[\x20-\x7e]*$/

const webhook = z
  .strictObject({
    url: httpUrl
      .describe('receiver of one POST for each event; empty: off')
      .meta({weaker: {when: 'changed', secret: true}}),
    auth_token: z
      .string()
      .regex(TOKEN, {message: 'must be printable ASCII without spaces'})
      .default('')
      .describe('sent as Authorization: Bearer')
      .meta({weaker: {when: 'never', secret: true}}),
    min_severity,
    timeout_seconds: timeout(5),
    queue_size: queue(64),
  })
  .prefault({})

const syslog = z
  .strictObject({
    address: address.describe('receiver, udp:// or tcp:// with host and port; empty: off').meta({weaker: 'changed'}),
    min_severity,
    facility: z.enum(FACILITY_NAMES).default('local0').describe('facility of the messages').meta({weaker: 'never'}),
    tag: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,32}$/, {message: 'must be 1 to 32 letters, digits, ".", "_" or "-"'})
      .default('pipelock')
      .describe('name of the program in the messages')
      .meta({weaker: 'never'}),
    format: z
      .enum(['rfc3164', 'rfc5424'])
      .default('rfc3164')
      .describe('classic messages, one per line; or those of RFC 5424, with their length over TCP')
      .meta({weaker: 'never'}),
    queue_size: queue(64),
  })
  .prefault({})

const otlp = z
  .strictObject({
    endpoint: httpUrl
      .describe('OpenTelemetry receiver over HTTP, without /v1/logs; empty: off')
      .meta({weaker: {when: 'changed', secret: true}}),
    headers: z
      .record(
        z.string().regex(FIELD_NAME, {message: 'must be the name of a header field'}),
        z.string().regex(FIELD_VALUE, {message: 'must be printable ASCII'}),
      )
      .default({})
      .describe('header fields of every request, such as a token')
      .meta({weaker: {when: 'never', secret: true}}),
    min_severity,
    timeout_seconds: timeout(10),
    queue_size: queue(256),
    gzip: z.boolean().default(false).describe('compress requests').meta({weaker: 'never'}),
    typed_attributes: z
      .boolean()
      .default(false)
      .describe('numbers, booleans and lists as such; otherwise all attributes are text')
      .meta({weaker: 'never'}),
  })
  .prefault({})

const emit = z
  .strictObject({
    instance_id: z
      .string()
      .max(255)
      .regex(/^[\x20-\x7e]*$/, {message: 'must be printable ASCII'})
      .default('')
      .describe('name of this firewall in the events; empty: the name of the host')
      .meta({weaker: 'never'}),
    webhook,
    syslog,
    otlp,
  })
  .prefault({})
  .meta({policyHash: 'omitted'})

export const sections = {emit}

export type EmissionConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
