// rsyslog as a receiver on a free port of loopback, over UDP and TCP. It writes what it understood of each message.
import {spawn, spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {vi} from 'vitest'
import {freePort} from './free-port.js'

const PROGRAM = '/usr/sbin/rsyslogd'

export interface ReceivedMessage {
  readonly facility: string
  readonly severity: string
  readonly time: string
  readonly host: string
  readonly program: string
  readonly process: string
  readonly id: string
  readonly text: string
}

export interface SyslogDaemon {
  readonly port: number
  messages(): readonly ReceivedMessage[]
  /** Ends it; with a port it can be started there again. */
  close(): Promise<void>
}

/** False, with a message, where the package is not installed. */
export function hasSyslogDaemon(): boolean {
  if (existsSync(PROGRAM) && spawnSync(PROGRAM, ['-v']).status === 0) return true
  console.log('rsyslog is not installed: its rows are left out')
  return false
}

export async function startSyslogDaemon(given?: number): Promise<SyslogDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'syslog-'))
  const port = given ?? (await freePort())
  const file = join(folder, 'messages')
  const part = (name: string, property: string): string =>
    `property(outname="${name}" name="${property}" format="jsonf"${property === 'timereported' ? ' dateFormat="rfc3339"' : ''})`
  const parts = [
    part('facility', 'syslogfacility-text'),
    part('severity', 'syslogseverity-text'),
    part('time', 'timereported'),
    part('host', 'hostname'),
    part('program', 'programname'),
    part('process', 'procid'),
    part('id', 'msgid'),
    part('text', 'msg'),
  ]
  writeFileSync(
    join(folder, 'rsyslog.conf'),
    `
    global(workDirectory="${folder}")
    module(load="imudp")
    module(load="imtcp")
    template(name="parts" type="list" option.jsonf="on") {
      ${parts.join('\n      ')}
    }
    ruleset(name="received") { action(type="omfile" file="${file}" template="parts" asyncWriting="off") }
    input(type="imudp" address="127.0.0.1" port="${port}" ruleset="received")
    input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="received")
    `,
  )
  const child = spawn(PROGRAM, ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  await vi
    .waitUntil(() => canConnect(port), {timeout: 10_000})
    .catch((error: unknown) => {
      child.kill('SIGTERM')
      throw error
    })
  return {
    port,
    messages: () =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as ReceivedMessage)
        : [],
    async close() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await new Promise<boolean>((done) => {
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
  socket.destroy()
  return isOpen
}
