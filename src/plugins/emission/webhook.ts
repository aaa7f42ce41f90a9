// A webhook: one POST of one JSON object for each event.
import type {Clock} from '../../core/ports.js'
import type {Sender} from './delivery.js'
import {eventText} from './event.js'
import {createReceiver} from './http.js'

export interface WebhookOptions {
  readonly url: string
  readonly auth_token: string
  readonly timeout_seconds: number
}

/** A receiver that is being restarted often responds with 500. */
const RETRIED: ReadonlySet<number> = new Set([500])

export function createWebhook(options: WebhookOptions, instance: string, clock: Pick<Clock, 'now'>): Sender {
  const receiver = createReceiver({
    url: new URL(options.url),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'pipelock',
      ...(options.auth_token !== '' && {authorization: `Bearer ${options.auth_token}`}),
    },
    timeoutMs: options.timeout_seconds * 1000,
    retried: RETRIED,
    clock,
  })
  return {
    most: 1,
    async send(events, signal) {
      for (const event of events) await receiver.post(eventText(event, instance), signal)
      return 0
    },
    close: receiver.close,
  }
}
