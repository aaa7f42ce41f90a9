import {EventEmitter} from 'node:events'
import type {Socket} from 'node:net'
import {createServer, type AddressInfo} from 'node:net'
import {describe, expect, test} from 'vitest'
import {dialTcp, interleave, openSocket} from '../../../src/transports/dial.js'
import {DEFAULT_LIMITS, type Limits} from '../../../src/transports/limits.js'

type Plan = 'connects' | 'hangs' | 'elsewhere' | NodeJS.ErrnoException

/** A fake socket that plays the events of a connection attempt. */
function attempts(plan: Readonly<Record<string, Plan>>): {
  readonly open: (address: string, port: number) => Socket
  readonly tried: string[]
  readonly destroyed: string[]
} {
  const tried: string[] = []
  const destroyed: string[] = []
  const open = (address: string): Socket => {
    tried.push(address)
    const what = plan[address] ?? 'hangs'
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress: what === 'elsewhere' ? '192.0.2.99' : address,
      setKeepAlive: () => {},
      destroy: () => void destroyed.push(address),
    })
    setImmediate(() => {
      if (what === 'connects' || what === 'elsewhere') socket.emit('connect')
      else if (what !== 'hangs') socket.emit('error', what)
    })
    return socket as unknown as Socket
  }
  return {open, tried, destroyed}
}

const dial = (
  plan: Readonly<Record<string, Plan>>,
  addresses: readonly string[],
  limits: Partial<Limits> = {},
): Promise<{error: Error | undefined; to: string | undefined; tried: string[]; destroyed: string[]}> =>
  new Promise((resolve) => {
    const {open, tried, destroyed} = attempts(plan)
    dialTcp({open, limits: {...DEFAULT_LIMITS, ...limits}}, addresses, 80, (error, socket) =>
      resolve({error, to: socket?.remoteAddress, tried, destroyed}),
    )
  })
const refused = Object.assign(new Error('no'), {code: 'ECONNREFUSED'})

describe('dialling', () => {
  test('interleaves families, beginning with that of the first address', () => {
    expect(interleave(['1.1.1.1', '2.2.2.2', '::1', '3.3.3.3', '::2'])).toEqual([
      '1.1.1.1',
      '::1',
      '2.2.2.2',
      '::2',
      '3.3.3.3',
    ])
    expect(interleave(['::1', '::2', '1.1.1.1'])).toEqual(['::1', '1.1.1.1', '::2'])
  })

  test('uses the first address that connects and drops the others', async () => {
    const got = await dial({'::1': 'hangs', '1.1.1.1': 'connects'}, ['::1', '1.1.1.1'], {attemptDelayMs: 1})
    expect(got).toMatchObject({error: undefined, to: '1.1.1.1', tried: ['::1', '1.1.1.1'], destroyed: ['::1']})
  })

  test('continues at once when one refuses', async () => {
    const got = await dial({'1.1.1.1': refused, '2.2.2.2': 'connects'}, ['1.1.1.1', '2.2.2.2'], {
      attemptDelayMs: 100_000,
    })
    expect(got.to).toBe('2.2.2.2')
  })

  test('reports the first error when all fail', async () => {
    expect((await dial({'1.1.1.1': refused, '2.2.2.2': new Error('x')}, ['1.1.1.1', '2.2.2.2'])).error).toBe(refused)
  })

  test('times out over all addresses', async () => {
    const got = await dial({}, ['1.1.1.1', '2.2.2.2'], {attemptDelayMs: 1, connectMs: 20})
    expect(got.error).toMatchObject({code: 'ETIMEDOUT'})
    expect(got.destroyed.toSorted()).toEqual(got.tried.toSorted())
  })

  test('refuses a connection to an unchecked address', async () => {
    const got = await dial({'1.1.1.1': 'elsewhere'}, ['1.1.1.1'])
    expect(got.error?.message).toContain('not checked')
    expect(got.destroyed).toContain('1.1.1.1')
  })

  test('never resolves names: without an address it fails', async () => {
    expect((await dial({}, [])).error).toBeDefined()
  })

  test('connects real sockets, IPv4-mapped peers included', async () => {
    const server = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const {port} = server.address() as AddressInfo
    const socket = await new Promise<Socket | undefined>((resolve) =>
      dialTcp({open: openSocket, limits: DEFAULT_LIMITS}, ['127.0.0.1'], port, (_e, s) => resolve(s)),
    )
    expect(socket?.remoteAddress).toBe('127.0.0.1')
    socket?.destroy()
    server.close()
  })
})
