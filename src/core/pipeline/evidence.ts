// The end of an exchange: its evidence before bytes move, its byte count while they move, and its side effects afterwards.
import type {Finding} from '../decision.js'
import type {Exchange} from '../exchange.js'
import type {Awaitable, Bound, Meter} from '../plugin.js'
import type {Policy, Ruling} from '../policy.js'
import type {Broken, OnFault} from './faults.js'
import type {Rulings} from './judge.js'

export interface EvidenceParts {
  readonly contract: Bound<'contract'> | undefined
  readonly meter: Bound<'meter'> | undefined
  readonly outbound: Bound<'outbound'> | undefined
  readonly commits: readonly Bound<'commit'>[]
  readonly observers: readonly Bound<'observe'>[]
  readonly rulings: Rulings
  readonly broken: Broken
  readonly onFault: OnFault
}

export function createEvidence(parts: EvidenceParts): Pick<Policy, 'commit' | 'meter' | 'attest' | 'observe'> {
  const {contract, meter, outbound, commits, observers, rulings, broken, onFault} = parts

  /** Attaches the active contract to early blocks too, so that their receipts name it. */
  const withContract = (x: Exchange, ruling: Ruling): Ruling => {
    if (!contract || ruling.contract || ruling.decision.action !== 'block') return ruling
    try {
      return {...ruling, contract: contract.run(x, ruling.decision).outcome}
    } catch (error) {
      onFault(contract.plugin, 'contract', error)
      return ruling // already a block, and stays one
    }
  }

  return {
    commit(x, decided): Awaitable<Ruling> {
      const ruling = withContract(x, decided)
      const waits: Promise<void>[] = []
      const faults: Finding[] = []
      for (const {plugin, run} of commits) {
        const failed = (error: unknown): void => void faults.push(broken(plugin, 'commit', error))
        try {
          const wait = run(x, ruling)
          if (wait instanceof Promise) waits.push(wait.catch(failed))
        } catch (error) {
          failed(error)
        }
      }
      const result = (): Ruling =>
        faults.length === 0 ? ruling : rulings.rule([...ruling.decision.findings, ...faults], ruling)
      return waits.length === 0 ? result() : Promise.all(waits).then(result)
    },

    meter(x) {
      if (!meter) return undefined
      const failed = (error: unknown): Finding => broken(meter.plugin, 'meter', error)
      try {
        const counting = meter.run(x)
        return counting && {take: (bytes) => takeSafely(counting, bytes, failed)}
      } catch (error) {
        const finding = failed(error)
        return {take: () => finding}
      }
    },

    attest(x, ruling, request) {
      if (!outbound) return request.fields
      try {
        return outbound.run(x, ruling, request)
      } catch (error) {
        return broken(outbound.plugin, 'outbound', error)
      }
    },

    observe(x, ruling, end) {
      for (const {plugin, run} of observers) {
        try {
          run(x, ruling, end)
        } catch (error) {
          onFault(plugin, 'observe', error)
        }
      }
    },
  }
}

function takeSafely(meter: Meter, bytes: number, failed: (error: unknown) => Finding): Finding | undefined {
  try {
    return meter.take(bytes)
  } catch (error) {
    return failed(error)
  }
}
