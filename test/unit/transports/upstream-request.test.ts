// The states of a request to the origin, and the continuation of a paused response.
import {expect, test} from 'vitest'
import {pausedUntil} from '../../../src/transports/context.js'
import {UpstreamRequest} from '../../../src/transports/upstream-request.js'

const closedConnection = (): Error =>
  Object.assign(new Error('other side closed'), {code: 'UND_ERR_SOCKET', socket: {bytesRead: 120}})

test('upstream request: retries once, and only before a head arrived', () => {
  const request = new UpstreamRequest()
  request.begin()
  expect(request.retries(closedConnection(), 'GET')).toBe(true)
  request.begin()
  expect(request.retries(closedConnection(), 'GET')).toBe(false)

  const answered = new UpstreamRequest()
  answered.begin()
  answered.headed(() => undefined)
  expect(answered.retries(closedConnection(), 'GET')).toBe(false)
})

test('upstream request: a stopped one aborts a connection that comes later', () => {
  const request = new UpstreamRequest()
  let aborts = 0
  request.begin()
  request.stop()
  request.connected(() => aborts++, true)
  expect([request.over, request.isSent, aborts]).toEqual([true, true, 1])
})

test('upstream request: the next hop begins anew behind the one that was stopped', () => {
  const request = new UpstreamRequest()
  expect([request.over, request.isSent]).toEqual([false, false])
  request.begin()
  request.stop()
  request.begin()
  expect([request.over, request.isSent]).toEqual([false, true])
})

test('a paused source: continues without a resume when the decision comes at once', () => {
  let resumes = 0
  expect(
    pausedUntil(
      () => resumes++,
      (proceed) => proceed(() => true),
    ),
  ).toBe(true)
  expect(resumes).toBe(0)
})

test('a paused source: stays paused until a later decision, and is resumed by one that accepts more', () => {
  let resumes = 0
  const waiting: ((run: () => boolean) => void)[] = []
  const later = (): boolean =>
    pausedUntil(
      () => resumes++,
      (proceed) => void waiting.push(proceed),
    )
  expect([later(), later()]).toEqual([false, false])
  waiting[0]?.(() => false)
  expect(resumes).toBe(0)
  waiting[1]?.(() => true)
  expect(resumes).toBe(1)
})
