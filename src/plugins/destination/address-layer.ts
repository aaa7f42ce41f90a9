// The address layer, the only one that may query the network: every address of a name is judged, and only judged
// addresses may be dialled, or DNS rebinding would evade the check. A name that cannot be resolved or parsed is
// refused.
import type {Target} from '../../core/exchange.js'
import type {Awaitable, DestinationVerdict} from '../../core/plugin.js'
import {LOOK_UP_SHARE, type Ports} from '../../core/ports.js'
import type {Address} from '../../lib/ip.js'
import {assess, type AddressPolicy, type Assessed} from './addresses.js'
import type {Refusal} from './layers.js'
import {isToUpstream, type DestinationSettings, type HostFacts, type Scan} from './subject.js'

const RESOLVE_TIMEOUT_MS = 5000

type Verdict = Awaitable<DestinationVerdict>

/** Continuation of a judgement. */
export interface NextSteps {
  passed(scan: Scan, dialable: readonly string[]): DestinationVerdict
  /** `rest` is the continuation where the refusal does not block. */
  refuse(
    scan: Scan,
    refusal: Refusal,
    rest: (() => Verdict) | undefined,
    dialable?: readonly string[],
  ): DestinationVerdict
  cancelled(scan: Scan): DestinationVerdict
}

export function createAddressLayer(
  settings: DestinationSettings,
  addresses: AddressPolicy,
  resolve: Ports['resolve'],
  {passed, refuse, cancelled}: NextSteps,
): (scan: Scan) => Verdict {
  // constant addresses are judged once
  const localhost = assess(LOCALHOST, addresses)
  const overrides = new Map(
    Object.entries(settings.hostOverrides).map(([host, resolved]) => [host, assess(resolved, addresses)]),
  )

  const resolveHost = (scan: Scan): Verdict => {
    const {x, target} = scan
    const {host} = target
    if (isLocalhost(host)) return judgeAddresses(scan, localhost)
    const override = overrides.get(host)
    if (override !== undefined) return judgeAddresses(scan, override)
    if ('offline' in x && x.offline === true) return passed(scan, NO_ADDRESSES)
    // not AbortSignal.any: a signal with the lifetime of the process would keep an entry of every look-up for ever
    const wait = new AbortController()
    const onAbort = (): void => wait.abort()
    let late = false
    const timer = setTimeout(() => {
      late = true
      wait.abort()
    }, RESOLVE_TIMEOUT_MS)
    x.signal.addEventListener('abort', onAbort, {once: true})
    const over = (): void => {
      clearTimeout(timer)
      x.signal.removeEventListener('abort', onAbort)
    }
    return resolve(host, wait.signal, 'clientIp' in x ? x.clientIp : undefined).then(
      (resolved) => {
        over()
        return x.signal.aborted ? cancelled(scan) : judgeAddresses(scan, assess(resolved, addresses))
      },
      (error: unknown) => {
        over()
        if (x.signal.aborted) return cancelled(scan)
        if (describe(error) === LOOK_UP_SHARE) return refuse(scan, TOO_MANY_LOOK_UPS, undefined)
        return unresolved(scan, late ? 'timeout' : describe(error), late || isTimeout(error))
      },
    )
  }

  const judgeAddresses = (scan: Scan, resolved: Assessed): Verdict => {
    const {target, facts} = scan
    if (typeof resolved === 'string') return unresolved(scan, resolved, false)
    const {dialable, worst} = resolved
    if (worst === undefined || isToUpstream(scan.x)) return passed(scan, dialable)
    if (worst.verdict === 'internal' && (!addresses.active || addresses.isTrusted(target.host))) {
      return passed(scan, dialable)
    }
    const mismatch = facts.allowed
    const refusal: Refusal = {
      label: worst.verdict === 'metadata' ? 'ssrf_metadata' : 'ssrf',
      detail: `${target.host} resolves to the internal address ${worst.address}`,
      clientDetail: `${target.host} resolves to an internal address`,
      ...(mismatch && {class: 'config_mismatch' as const}),
      ...(mismatch &&
        worst.verdict === 'internal' && {
          hint: `add "${target.host}" to trusted_domains to allow internal IP resolution`,
        }),
    }
    return refuse(scan, refusal, () => passed(scan, dialable), dialable)
  }

  const unresolved = (scan: Scan, why: string, timedOut: boolean): DestinationVerdict => {
    const {host} = scan.target
    const refusal: Refusal = {
      label: 'dns',
      class: 'infrastructure_error',
      ...unresolvedTexts(host, why, timedOut),
      // no address to connect to
      hard: true,
    }
    return refuse(scan, refusal, undefined)
  }

  return (scan) => {
    const {x, target, facts} = scan
    if (x.purpose === 'replay') return passed(scan, NO_ADDRESSES)
    if (facts.literal !== undefined) {
      const {text} = facts.literal
      if (isToUpstream(x)) return passed(scan, [text])
      const refusal = addressRefusal(target, facts.literal, facts, addresses, 'ssrf')
      return refusal === undefined || (refusal.label === 'ssrf' && !addresses.active)
        ? passed(scan, [text])
        : refuse(scan, refusal, () => passed(scan, [text]), [text])
    }
    if (addresses.isMetadataHost(target.host) && !isToUpstream(x)) {
      return refuse(scan, metadataHost(target.host), () => resolveHost(scan))
    }
    return resolveHost(scan)
  }
}

/** An address, or a name with a known address that needs no look-up. */
export function internalName({host}: Target, facts: HostFacts, addresses: AddressPolicy): Refusal | undefined {
  if (facts.literal !== undefined) return addressRefusal({host}, facts.literal, facts, addresses, 'ssrf')
  if (addresses.isMetadataHost(host)) return metadataHost(host)
  if (!isLocalhost(host) || addresses.isTrusted(host)) return undefined
  return {label: 'ssrf', detail: `${host} is an internal address`, clientDetail: INTERNAL}
}

/** The refusal of an address as the host. */
export function addressRefusal(
  {host}: Pick<Target, 'host'>,
  literal: Address,
  facts: HostFacts,
  addresses: AddressPolicy,
  label: 'ssrf' | 'core_ssrf',
): Refusal | undefined {
  const verdict = addresses.judge(literal)
  if (verdict === 'ok') return undefined
  const width = literal.family === 4 ? 32 : 128
  const mismatch = facts.allowed
  return {
    label: verdict === 'metadata' ? 'ssrf_metadata' : label,
    detail: `${host} is an internal address`,
    clientDetail: INTERNAL,
    ...(mismatch && {class: 'config_mismatch' as const}),
    ...(mismatch && {hint: `add "${literal.text}/${width}" to ssrf.ip_allowlist to allow this address`}),
  }
}

function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

function metadataHost(host: string): Refusal {
  return {label: 'ssrf_metadata', detail: `${host} is a cloud metadata service`}
}

/** Clients see neither address nor resolver error, which would help to map the network; log and receipt have them. */
const INTERNAL = 'the destination is an internal address'

/** A mistyped name must not look like an attack. */
function unresolvedTexts(
  host: string,
  why: string,
  timedOut: boolean,
): Pick<Refusal, 'rule' | 'reason' | 'detail' | 'clientDetail'> {
  if (timedOut) {
    const detail = `no response from DNS for ${host} in time`
    return {rule: 'resolver_timeout', detail: `${detail} (${why})`, clientDetail: detail}
  }
  if (NO_SUCH_HOST.has(why)) {
    const detail = `there is no host ${host}`
    return {
      rule: 'resolver_no_such_host',
      reason: 'bad_request',
      detail: `${detail} (DNS: ${why})`,
      clientDetail: `${detail} (DNS)`,
    }
  }
  const detail = `the address of ${host} could not be found`
  return {rule: 'resolver_error', detail: `${detail} (DNS: ${why})`, clientDetail: `${detail} (DNS)`}
}

/** Hard: an unresolved name was not judged and cannot be dialled. */
const TOO_MANY_LOOK_UPS: Refusal = {
  label: 'look_ups',
  class: 'protective',
  detail: 'too many look-ups of this client wait for name servers',
  hard: true,
}
const NO_SUCH_HOST: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'no addresses'])
const NO_ADDRESSES: readonly string[] = []
const LOCALHOST = ['127.0.0.1']

function describe(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ETIMEOUT' || error.code === 'ETIMEDOUT')
}
