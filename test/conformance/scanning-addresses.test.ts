// Every spelling of an address on every surface that can name one: a request, a CONNECT, a request in a
// tunnel, /fetch, and a redirect that an origin answers with. Nothing is ever dialled that is inside.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {GOOD, startWorld, type World} from '../matrix/world.js'
import {inLetters} from '../matrix/letters.js'
import {
  ADAPTERS,
  ONE_HOST,
  TRANSPORTS,
  perform,
  type Action,
  type Outcome,
  type TransportName,
} from '../matrix/transports.js'
import {embeddedForms, plainForms, wideForm, type Quad} from '../support/address-forms.js'

let world: World
beforeAll(
  async () => (world = await startWorld({config: {flight_recorder: {enabled: false, require_receipts: false}}})),
)
afterAll(async () => {
  await world.stop()
  await Promise.all([world.http.close(), world.tls.close()])
  world.remove()
})

const KINDS: readonly (readonly [kind: string, quad: Quad, reason: string | undefined])[] = [
  ['loopback', [127, 0, 0, 1], 'ssrf_private_ip'],
  ['private', [10, 1, 2, 3], 'ssrf_private_ip'],
  ['metadata', [169, 254, 169, 254], 'ssrf_metadata'],
  ['public', [93, 184, 216, 34], undefined],
]

/** What an IPv6 address holds makes it no public one: only the plain spellings are let out. */
function formsOf(quad: Quad, isPublic: boolean): readonly string[] {
  return isPublic ? plainForms(quad) : [...plainForms(quad), wideForm(quad), ...embeddedForms(quad)]
}

/** Behind the reverse proxy there is one host, which the operator chose: nothing a client sends names another. */
const CHOOSES_HOST = TRANSPORTS.filter((name) => !(name in ONE_HOST))

const reasonOf = ({fields}: Outcome): string | undefined => fields.get('x-pipelock-block-reason')

async function asTarget(name: TransportName, host: string): Promise<string | undefined> {
  return reasonOf(await perform(ADAPTERS[name], world, {host, port: 80, path: '/'}))
}

async function asRedirect(name: TransportName, host: string): Promise<string | undefined> {
  const action: Action = {host: GOOD, path: `/moved?letters=${inLetters(`http://${host}/`)}`}
  return reasonOf(await perform(ADAPTERS[name], world, action))
}

describe.each(KINDS)('%s', (_, quad, reason) => {
  const forms = formsOf(quad, reason === undefined)
  test.each(CHOOSES_HOST)('as a target of %s', async (name) => {
    const count = world.dialled.length
    for (const host of forms) {
      expect([host, await asTarget(name, host)]).toEqual([host, reason])
    }
    if (reason !== undefined) expect(world.dialled.slice(count)).toEqual([])
  })

  test.each(['forward', 'tunnelled', 'fetch'] as const)('as a redirect on %s', async (name) => {
    const follows = name === 'fetch'
    const count = world.dialled.length
    for (const host of forms) {
      expect([host, await asRedirect(name, host)]).toEqual([
        host,
        reason && (follows ? 'redirect_scan_denied' : reason),
      ])
    }
    if (reason !== undefined) {
      const inside = world.dialled.slice(count).filter((place) => place !== `127.0.0.1 ${world.http.port}`)
      expect(inside).toEqual([])
    }
  })
})
