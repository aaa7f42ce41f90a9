// Takes the log of a session up: its directory and lock, the session that continues it, and what earlier ones say.
import {randomBytes} from 'node:crypto'
import type {LastContract} from '../../core/services/recorder.js'
import {DamagedLog, sessionFiles} from '../../formats/entry-tail.js'
import {privateKeyFromSeed} from '../../lib/ed25519.js'
import {openLogDirectory, type LogDirectory} from '../../lib/log-directory.js'
import {LogOwnership} from './ownership.js'
import {lastContractOf} from './last-contract.js'
import type {WriterInit} from './protocol.js'
import {Recorder, type RecorderOptions} from './recorder.js'
import {earlierSessions, recoveredSessions, withEarlierSigners} from './recovered.js'
import type {SignerHistory} from './segments.js'

/** The log of a running writer. */
export interface OpenLog {
  readonly recorder: Recorder
  readonly signers: SignerHistory
  readonly lastContract: LastContract | undefined
}

/** Throws what refuses the log. */
export function openLog(init: WriterInit, events: Pick<RecorderOptions, 'onSync' | 'onNotice'>): OpenLog {
  const directory = openLogDirectory(init.directory)
  const ownership = init.lock && new LogOwnership(directory, init.lock)
  const recorder = openSession(ownership ? owned(directory, ownership) : directory, {
    ...init.settings,
    ...events,
    session: init.session,
    key: init.seed && privateKeyFromSeed(init.seed),
    nowMs: init.nowMs,
    random: randomBytes,
    ownership,
  })
  const earlier = earlierSessions(directory, init.session, recorder.session)
  return {
    recorder,
    signers: withEarlierSigners(recorder.signers(init.nowMs), recorder.keyHex, directory, earlier),
    lastContract: lastContractOf(directory, [recorder.session, ...earlier]),
  }
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
