// Opens the configured sinks. One that a reload does not change is kept, with what waits in it.
import {hostname} from 'node:os'
import {setTimeout} from 'node:timers/promises'
import type {Ports} from '../../core/ports.js'
import type {EventTap} from '../../core/services/logging.js'
import type {EmissionConfig} from './config.js'
import type {Sender} from './delivery.js'
import {isAtLeast, SEVERITIES, severityOf, type Severity} from './severity.js'
import {OWN_EVENTS, Sink, type SinkCounts} from './sink.js'
import type {EmissionState, SinkName} from './state.js'

type Section = EmissionConfig['emit']

interface Emission {
  readonly tap: EventTap
  close(): Promise<void>
}

export async function openEmission(section: Section, state: EmissionState, ports: Ports): Promise<Emission> {
  const host = hostname()
  const instance = section.instance_id || host || 'pipelock'
  const keys: string[] = []
  const sinks: Sink[] = []
  for (const name of onSinks(section)) {
    const key = JSON.stringify([name, instance, section[name]])
    const kept = state.sinks.get(key)
    if (kept) kept.users++
    const sink = kept?.sink ?? (await openSink(name))
    if (!kept) state.sinks.set(key, {name, sink, users: 1})
    keys.push(key)
    sinks.push(sink)
  }
  const least = sinks.map((sink) => sink.least).reduce(weaker, 'critical')
  return {
    tap(level, event, fields) {
      if (OWN_EVENTS.has(event)) return
      const severity = severityOf(level, event, fields)
      if (!isAtLeast(severity, least)) return
      const emitted = {severity, type: event, atMs: ports.clock.now(), fields}
      for (const sink of sinks) sink.take(emitted)
    },
    async close() {
      await Promise.all(keys.map((key) => release(key, state)))
    },
  }

  async function openSink(name: SinkName): Promise<Sink> {
    const {min_severity, queue_size} = section[name]
    const {log, clock} = ports
    const counts = countsOf(name, state)
    const sender = await senderOf(name)
    return new Sink({name, least: min_severity, size: queue_size, sender, counts, log, clock, wait})
  }

  async function senderOf(name: SinkName): Promise<Sender> {
    switch (name) {
      case 'webhook':
        return (await import('./webhook.js')).createWebhook(section.webhook, instance, ports.clock)
      case 'syslog':
        return (await import('./syslog.js')).createSyslog(section.syslog, {
          host: host || '-',
          pid: process.pid,
          instance,
        })
      case 'otlp': {
        const source = {version: ports.build.version, instance}
        return (await import('./otlp.js')).createOtlp(section.otlp, source, ports.clock)
      }
    }
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, {signal}).catch(() => undefined)
}

const weaker = (one: Severity, other: Severity): Severity =>
  SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other) ? one : other

export function onSinks({webhook, syslog, otlp}: Section): readonly SinkName[] {
  const on: readonly [SinkName, string][] = [
    ['webhook', webhook.url],
    ['syslog', syslog.address],
    ['otlp', otlp.endpoint],
  ]
  return on.flatMap(([name, to]) => (to === '' ? [] : [name]))
}

function countsOf(name: SinkName, {counts}: EmissionState): SinkCounts {
  const known = counts.get(name) ?? {sent: 0, errors: 0, dropped: {overflow: 0, refused: 0, shutdown: 0}}
  counts.set(name, known)
  return known
}

async function release(key: string, state: EmissionState): Promise<void> {
  const shared = state.sinks.get(key)
  if (!shared || --shared.users > 0) return
  state.sinks.delete(key)
  await shared.sink.close()
}
