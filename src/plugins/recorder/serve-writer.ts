// Runs a writer behind a message port: in its thread (worker.ts), or in the thread of the caller where TypeScript sources
// run without a build. The code is the same; only the thread differs.
import {randomBytes} from 'node:crypto'
import {receiveMessageOnPort, type MessagePort} from 'node:worker_threads'
import {errnoOf, PipelockError, type ErrorCode} from '../../core/errors.js'
import type {LastContract} from '../../core/services/recorder.js'
import {DamagedLog, sessionFiles} from '../../formats/entry-tail.js'
import {privateKeyFromSeed} from '../../lib/ed25519.js'
import {errorText} from '../../lib/error-text.js'
import {openLogDirectory, type LogDirectory} from '../../lib/log-directory.js'
import {LogOwnership} from './ownership.js'
import {lastContractOf} from './last-contract.js'
import type {FromWriter, ToWriter, WriterInit} from './protocol.js'
import {Recorder, type RecorderOptions} from './recorder.js'
import {earlierSessions, recoveredSessions, withEarlierSigners} from './recovered.js'
import type {SignerHistory} from './segments.js'
import {Writer} from './writer.js'

export function serveWriter(port: MessagePort, init: WriterInit): void {
  const post = (message: FromWriter): void => port.postMessage(message)
  let writer: Writer | undefined
  let recorder: Recorder
  let signers: SignerHistory
  let contract: LastContract | undefined
  try {
    const directory = openLogDirectory(init.directory)
    const ownership = init.lock && new LogOwnership(directory, init.lock)
    recorder = openSession(ownership ? owned(directory, ownership) : directory, {
      ...init.settings,
      session: init.session,
      key: init.seed && privateKeyFromSeed(init.seed),
      nowMs: init.nowMs,
      onSync: () => writer?.onSync(),
      onNotice: (text) => post({type: 'notice', text}),
      random: randomBytes,
      ownership,
    })
    const earlier = earlierSessions(directory, init.session, recorder.session)
    signers = withEarlierSigners(recorder.signers(init.nowMs), recorder.keyHex, directory, earlier)
    contract = lastContractOf(directory, [recorder.session, ...earlier])
  } catch (error) {
    post(refusal(error))
    port.close()
    return
  }
  writer = new Writer(recorder, init.settings.fsync, init.nowMs, {
    post,
    monotonic: () => performance.now(),
    timer(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  })
  const {session, nextSeq, alarm} = recorder
  post({type: 'ready', session, nextSeq, signers, lastContract: contract, alarm})
  const running = writer
  port.on('message', (first: ToWriter) => {
    // what has queued up meanwhile joins the same group
    for (let next: ToWriter | undefined = first; next !== undefined; next = receive(port)) {
      if (next.type === 'close') {
        running.close(next.nowMs)
        port.close()
        return
      }
      running.receive(next)
    }
    running.idle()
  })
}

/** The lock goes with a directory that was removed: with the directory it is made again, before a file is begun there. */
export function owned(directory: LogDirectory, ownership: LogOwnership): LogDirectory {
  return {
    ...directory,
    ensure() {
      directory.ensure()
      ownership.directoryMade()
    },
  }
}

function receive(port: MessagePort): ToWriter | undefined {
  return (receiveMessageOnPort(port) as {message: ToWriter} | undefined)?.message
}

/** A log with a damaged line is left as it is: evidence continues in the newest recovered session that is sound, or in a new one. */
export function openSession(directory: LogDirectory, options: RecorderOptions): Recorder {
  const {session} = options
  try {
    return Recorder.open(directory, options)
  } catch (error) {
    if (!(error instanceof DamagedLog)) throw error
    options.onNotice(
      `ALARM: the evidence log of session ${session} is damaged and will not be continued: ${error.message}`,
    )
  }
  for (const name of recoveredSessions(directory, session)) {
    try {
      return Recorder.open(directory, {...options, session: name})
    } catch (error) {
      if (!(error instanceof DamagedLog)) throw error
    }
  }
  let ms = options.nowMs
  while (sessionFiles(directory.names(), `${session}.recovered-${ms}`).length > 0) ms++
  return Recorder.open(directory, {...options, session: `${session}.recovered-${ms}`})
}

function refusal(error: unknown): FromWriter {
  if (error instanceof PipelockError) {
    return {type: 'refused', code: error.code, message: error.message, hint: error.hint}
  }
  const code: ErrorCode = errnoOf(error) === undefined ? 'recorder_chain_break' : 'recorder_unwritable'
  const message = errorText(error)
  return {type: 'refused', code, message, hint: undefined}
}
