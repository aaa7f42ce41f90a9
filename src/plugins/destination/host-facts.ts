// Facts that a host name alone decides: its owner, the lists that contain it, and data in its labels. Cached, since
// traffic goes to the same hosts again and again.
import type {Target} from '../../core/exchange.js'
import {hasUndecodableLabel} from '../../core/target.js'
import type {EntropyMatch} from './host-signals.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {createLru} from '../../lib/lru.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import {literalOf} from './addresses.js'
import {findHostSignal} from './host-signals.js'
import type {DestinationSettings, HostFacts} from './subject.js'

const HOST_CACHE = 10_000

export interface HostKnowledge {
  of(host: string): HostFacts
  /** Data in the labels, in the letter case received where that differs. */
  signal(target: Target, facts: HostFacts): EntropyMatch | undefined
}

export function createHostKnowledge(settings: DestinationSettings): HostKnowledge {
  const allowlist = compileDomainList(settings.allowlist)
  const blocklist = compileDomainList(settings.blocklist, {broad: true})
  const exclusions = compileDomainList(settings.entropyExclusions)
  const exempt = (settings.entropyExemptKeys ?? []).map(({host, keys}) => ({
    hosts: compileDomainList([host]),
    keys: keys.map((key) => key.toLowerCase()),
  }))
  const threshold = settings.subdomainEntropyThreshold
  const cache = createLru<HostFacts>(HOST_CACHE)

  /** Labels decode in the received letter case; the host itself is lower case. */
  const rawSignal = (target: Target, facts: HostFacts): EntropyMatch | undefined => {
    if (target.raw === target.canonical || facts.literal !== undefined || facts.excluded) return undefined
    if (threshold <= 0) return undefined
    const at = target.raw.toLowerCase().indexOf(target.host)
    if (at < 0) return undefined
    const rawHost = target.raw.slice(at, at + target.host.length)
    return rawHost === target.host ? undefined : findHostSignal(target.host, rawHost, facts.domain, threshold)
  }

  return {
    of(host) {
      const known = cache.get(host)
      if (known !== undefined) return known
      const literal = literalOf(host)
      const domain = literal === undefined ? registrableDomain(host) : host
      const excluded = exclusions.match(host) !== undefined
      const scored = literal === undefined && !excluded && threshold > 0
      const facts: HostFacts = {
        domain,
        literal,
        excluded,
        exemptKeys: new Set(exempt.flatMap(({hosts, keys}) => (hosts.match(host) === undefined ? [] : keys))),
        allowed: allowlist.match(host) !== undefined,
        blockedBy: blocklist.match(host),
        signal: scored ? findHostSignal(host, host, domain, threshold) : undefined,
        undecodable: hasUndecodableLabel(host),
      }
      cache.set(host, facts)
      return facts
    },
    signal: (target, facts) => facts.signal ?? rawSignal(target, facts),
  }
}
