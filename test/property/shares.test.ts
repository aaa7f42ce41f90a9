// Laws of what clients share: nothing is ever held beyond a bound, and what ended holds nothing.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createShares, PART_OF_CLIENT, RESOURCES, type Bounds, type Resource, type Share} from '../../src/core/shares.js'

const bounds: Bounds = {tunnels: 4, open_requests: 9, held_bytes: 1_000, descriptors: 16, look_ups: 1}
const CLIENTS = ['local', '192.0.2.1', '2001:db8:0:1::_64', '__proto__', 'constructor']

type Step =
  | {readonly do: 'open'; readonly client: string; readonly resource: Resource}
  | {readonly do: 'add'; readonly which: number; readonly amount: number}
  | {readonly do: 'release'; readonly which: number}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('open' as const),
    client: fc.constantFrom(...CLIENTS),
    resource: fc.constantFrom(...RESOURCES),
  }),
  fc.record({do: fc.constant('add' as const), which: fc.nat(30), amount: fc.integer({min: 1, max: 300})}),
  fc.record({do: fc.constant('release' as const), which: fc.nat(30)}),
)

test('shares: whatever is opened, added and released in whatever order, no bound is passed and everything comes back', () => {
  fc.assert(
    fc.property(fc.array(step, {maxLength: 120}), (steps) => {
      const shares = createShares(() => bounds)
      const open: {readonly client: string; readonly resource: Resource; readonly share: Share; amount: number}[] = []
      for (const s of steps) {
        if (s.do === 'open') {
          open.push({client: s.client, resource: s.resource, share: shares.open(s.client, s.resource), amount: 0})
          continue
        }
        const entry = open[s.which]
        if (!entry) continue
        if (s.do === 'release') {
          entry.share.release()
          entry.amount = Number.NEGATIVE_INFINITY
        } else if (entry.share.add(s.amount)) {
          expect(entry.amount).not.toBe(Number.NEGATIVE_INFINITY)
          entry.amount += s.amount
        }
        for (const resource of RESOURCES) {
          const of = open.filter((o) => o.resource === resource && o.amount > 0)
          const total = of.reduce((sum, o) => sum + o.amount, 0)
          expect(shares.held(resource)).toBe(total)
          expect(total).toBeLessThanOrEqual(bounds[resource])
          for (const client of CLIENTS) {
            const own = of.filter((o) => o.client === client).reduce((sum, o) => sum + o.amount, 0)
            expect(own).toBeLessThanOrEqual(Math.max(1, Math.floor(bounds[resource] / PART_OF_CLIENT)))
          }
        }
      }
      for (const {share} of open) {
        share.release()
        share.release()
      }
      expect(RESOURCES.map((resource) => shares.held(resource))).toEqual(RESOURCES.map(() => 0))
      expect(shares.clients()).toBe(0)
    }),
  )
})
