// Wall time is for records. A window, a rate, a limit or a backoff on it sticks, or forgets, when the clock of the host is set:
// whoever reads it says here what the record is.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))

const RECORDS: Readonly<Record<string, string>> = {
  'cli/': 'progress shown on the terminal, the moment of an imagined request',
  'commands/': 'dates in documents and on the terminal',
  'host/firewall.ts': 'when the configuration was last reloaded',
  'host/outside/instance.ts': 'the clock that an outside plugin reads',
  'host/key-directory.ts': 'creation time of a signature',
  'host/kill-switch-control.ts': 'when the process started, for the commands of its user',
  'host/watchdog.ts': 'when the request of a probe was made, and its id',
  'plugins/a2a/drift.ts': 'when a card was first seen',
  'plugins/contract/': 'validity dates of keys, hours of learned contracts, times in signed documents',
  'plugins/emission/': 'times of events, and dates in Retry-After',
  'plugins/interception/': 'validity dates of certificates',
  'plugins/kill-switch/switch.ts': 'when its state was written',
  'plugins/learn/': 'times of captures, sessions of recorded traffic, dates in documents',
  'plugins/logging/stream.ts': 'time of a log line',
  'plugins/mediation/create.ts': 'times in envelopes and signatures, and their validity',
  'plugins/recorder/': 'times of evidence, retention in days',
  'plugins/response-scanning/exceptions.ts': 'the date until which an exception holds',
  'plugins/routes/': 'dates until which routes and exemptions hold',
  'plugins/signing/tools.ts': 'dates in documents',
  'plugins/workspace/tools.ts': 'dates in a manifest',
  'transports/exchange-factory.ts': 'when an exchange was admitted, and its id',
}

test('wall time is read by those who write it down, and by nobody who counts or waits', () => {
  const readers = readdirSync(src, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.ts') && /\bclock\.now\b/.test(readFileSync(join(src, name), 'utf8')))
    .map((name) => name.replaceAll('\\', '/'))
  const places = Object.keys(RECORDS)
  expect(readers.filter((name) => !places.some((place) => name.startsWith(place)))).toEqual([])
  expect(places.filter((place) => !readers.some((name) => name.startsWith(place)))).toEqual([])
})
