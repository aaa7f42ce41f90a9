// The listener of the scan API, where one is configured, wired to the current generation.
import type {Ports} from '../core/ports.js'
import {errorText} from '../lib/error-text.js'
import {openScanListener, type ScanListener} from '../transports/scan-api.js'
import {bind} from './bind.js'
import type {Generation} from './generation.js'

/** Throws address_in_use or address_unavailable. */
export async function openScans(current: () => Generation, {clock, log}: Ports): Promise<ScanListener | undefined> {
  const {listen, ...limits} = current().services['scan-api']
  if (listen === undefined) return undefined
  const counters = () => current().services.metrics.counters
  return bind(listen, () =>
    openScanListener(listen, limits, {
      service: () => current().services['scan-api'],
      allowedHosts: () => current().services.proxy.settings.allowedHosts,
      clock,
      began: () => counters().scanBegan(),
      ended: (response, seconds) =>
        counters().scanEnded(response && {...response.outcome, status: response.status, seconds}),
      failed: (error) => log.error('error', {where: 'scan API', error: errorText(error)}),
    }),
  )
}
