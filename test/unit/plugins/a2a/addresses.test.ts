// Every spelling of an address in every place of a message that can name one: blocked under any action
// where it is inside, and never looked up.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {embeddedForms, plainForms, wideForm, type Quad} from '../../../support/address-forms.js'
import {agentsOf, call, data, message, type Agents, type Asked} from './fixtures.js'

let agents: Agents
beforeAll(async () => {
  agents = await agentsOf('action: warn')
})
afterAll(() => agents.close())

const KINDS: readonly (readonly [kind: string, quad: Quad, reason: string | undefined])[] = [
  ['loopback', [127, 0, 0, 1], 'ssrf_private_ip'],
  ['private', [10, 1, 2, 3], 'ssrf_private_ip'],
  ['metadata', [169, 254, 169, 254], 'ssrf_metadata'],
  ['public', [93, 184, 216, 34], undefined],
]

const PLACES: Readonly<Record<string, (host: string) => readonly [unknown, Asked?]>> = {
  'a field that is called': (host) => [data({url: `http://${host}/x`})],
  'a field without a scheme': (host) => [data({serverUrl: 'x', uri: `${host}:80/x`})],
  'a value': (host) => [data({see: `http://${host}/x`})],
  'a value with credentials in it': (host) => [data({see: `https://me@${host}:8443/x`})],
  'a value of a socket': (host) => [data({see: `ws://${host}/x`})],
  'a value with backslashes': (host) => [data({see: `http:\\\\${host}\\x`})],
  'the name of a member': (host) => [data({[`http://${host}/x`]: 1})],
  'a text that is one URL': (host) => [message(`http://${host}/x`)],
  'a callback': (host) => [
    call('tasks/pushNotificationConfig/set', {taskId: 't', pushNotificationConfig: {url: `http://${host}/x`}}),
  ],
  'an extension': (host) => [{}, {headers: [['A2A-Extensions', `http://${host}/x`]]}],
}
/** Where a host is known by what it looks like, an escaped one is a name. */
const BY_LOOK = 'a field without a scheme'

describe.each(KINDS)('%s', (_, quad, reason) => {
  const forms = reason === undefined ? plainForms(quad) : [...plainForms(quad), wideForm(quad), ...embeddedForms(quad)]
  test.each(Object.entries(PLACES))('in %s', async (place, at) => {
    for (const host of forms) {
      if (place === BY_LOOK && host === wideForm(quad)) continue
      const [body, asked] = at(host)
      const {action, cause} = await agents.request(body, asked)
      expect([host, action, cause?.reason]).toEqual([host, reason === undefined ? 'allow' : 'block', reason])
    }
    expect(agents.resolved.filter((name) => name !== 'agent.example')).toEqual([])
  })
})

test('names that stand for such addresses', async () => {
  const observed = async (value: unknown): Promise<string> => {
    const {action, cause} = await agents.request(data(value))
    return `${action} ${cause?.reason ?? ''}`
  }
  for (const host of ['localhost', 'LOCALHOST', 'app.localhost', 'localhost.']) {
    expect([host, await observed({url: `http://${host}:3000/`})]).toEqual([host, 'block ssrf_private_ip'])
    expect([host, await observed({see: `http://${host}:3000/`})]).toEqual([host, 'block ssrf_private_ip'])
  }
  for (const host of ['metadata.google.internal', 'metadata', 'instance-data', 'metadata.azure.internal']) {
    expect([host, await observed({see: `http://${host}/x`})]).toEqual([host, 'block ssrf_metadata'])
    expect([host, await observed({note: `read it at http://${host}/x first`})]).toEqual([host, 'warn ssrf_metadata'])
  }
  expect(await observed({see: 'http://intranet/x', url: 'http://metadata.example/'})).toBe('allow ')
})
