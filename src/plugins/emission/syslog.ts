// Syslog over UDP or TCP: the classic form, or that of RFC 5424 with the framing of RFC 6587 §3.4.1.
import {createSocket, type Socket as UdpSocket} from 'node:dgram'
import {lookup} from 'node:dns/promises'
import {connect, type Socket} from 'node:net'
import {urlHost} from '../../core/listen.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {Sender} from './delivery.js'
import {eventText, type EmittedEvent} from './event.js'
import {FACILITIES} from './facilities.js'
import type {Severity} from './severity.js'

const SEVERITY_CODES: Readonly<Record<Severity, number>> = {critical: 2, warn: 4, info: 6}
const TIMEOUT_MS = 5_000
const MAX_MESSAGE_ID = 32

export interface SyslogOptions {
  /** `udp://HOST:PORT` or `tcp://HOST:PORT` */
  readonly address: string
  readonly facility: keyof typeof FACILITIES
  readonly tag: string
  readonly format: 'rfc3164' | 'rfc5424'
}

export interface Origin {
  readonly host: string
  readonly pid: number
  /** Name of this firewall in the events. */
  readonly instance: string
}

export function createSyslog(options: SyslogOptions, origin: Origin): Sender {
  const url = new URL(options.address)
  const place = {host: urlHost(url), port: Number(url.port)}
  const isTcp = url.protocol === 'tcp:'
  const channel = isTcp ? tcpChannel(place) : udpChannel(place)
  return {
    most: 1,
    async send(events, signal) {
      for (const event of events) await channel.write(frame(event, options, origin, isTcp), signal)
      return 0
    },
    close: channel.close,
  }
}

export function frame(event: EmittedEvent, options: SyslogOptions, origin: Origin, isTcp: boolean): Buffer {
  const {facility, tag, format} = options
  const {host, pid, instance} = origin
  const priority = `<${FACILITIES[facility] * 8 + SEVERITY_CODES[event.severity]}>`
  const time = formatTimestamp(event.atMs)
  const text = eventText(event, instance)
  if (format === 'rfc3164') return Buffer.from(`${priority}${time} ${host} ${tag}[${pid}]: ${text}\n`)
  const message = Buffer.from(
    `${priority}1 ${time} ${host} ${tag} ${pid} ${event.type.slice(0, MAX_MESSAGE_ID)} - ${text}`,
  )
  return isTcp ? Buffer.concat([Buffer.from(`${message.length} `), message]) : message
}

interface Place {
  readonly host: string
  readonly port: number
}

interface Channel {
  /** Resolves when the system has taken the bytes. */
  write(bytes: Buffer, signal: AbortSignal): Promise<void>
  close(): void
}

function tcpChannel(place: Place): Channel {
  let socket: Socket | undefined
  const open = (signal: AbortSignal): Promise<Socket> => {
    const made = connect({...place, keepAlive: true})
    return settled<Socket>(signal, made, (done) => {
      made.once('connect', () => done(made))
      // a receiver says nothing; its end must be noticed before the next event
      made.resume()
      // an error between two events: the close that follows it is noticed
      made.on('error', () => undefined)
      made.once('close', () => {
        if (socket === made) socket = undefined
      })
    })
  }
  return {
    async write(bytes, signal) {
      socket ??= await open(signal)
      const to = socket
      await settled<void>(signal, to, (done, fail) => void to.write(bytes, (error) => (error ? fail(error) : done())))
    },
    close: () => void socket?.destroy(),
  }
}

function udpChannel({host, port}: Place): Channel {
  let socket: UdpSocket | undefined
  return {
    async write(bytes, signal) {
      signal.throwIfAborted()
      if (!socket) {
        const {address, family} = await lookup(host)
        const made = createSocket(family === 6 ? 'udp6' : 'udp4')
        // a host that refuses datagrams says so after the fact: the next event looks the name up anew
        made.on('error', () => forget(made))
        await new Promise<void>((done, fail) => {
          made.once('connect', done)
          made.once('error', fail)
          made.connect(port, address)
        })
        socket = made
      }
      const to = socket
      await new Promise<void>((done, fail) =>
        to.send(bytes, (error) => {
          if (!error) return done()
          forget(to)
          fail(error)
        }),
      )
    },
    close: () => {
      if (socket) forget(socket)
    },
  }

  function forget(one: UdpSocket): void {
    if (socket === one) socket = undefined
    try {
      one.close()
    } catch {
      // closed by an earlier error
    }
  }
}

/** Ends the connection when the time is over, the signal is given or it fails. */
function settled<Value>(
  signal: AbortSignal,
  socket: Socket,
  begin: (done: (value: Value) => void, fail: (error: Error) => void) => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => fail(new Error('ended'))
    const closed = (): void => fail(new Error('connection closed'))
    const timer = setTimeout(() => fail(new Error('no progress in time')), TIMEOUT_MS)
    const clear = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.off('error', fail).off('close', closed)
    }
    const fail = (error: Error): void => {
      clear()
      socket.destroy()
      reject(error)
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop)
    socket.on('error', fail).on('close', closed)
    begin((value) => {
      clear()
      resolve(value)
    }, fail)
  })
}
