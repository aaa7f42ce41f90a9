// The registrable domain of a host: what one owner controls. Private suffixes count (`a.github.io` is one owner's), so that
// rotating subdomains share one window and hosting names are not taken for tunnels.
import {createRequire} from 'node:module'
import type * as Tldts from 'tldts'

// an import would first search these 200 KB of CommonJS for the names that they export, at every start
const {getDomain} = createRequire(import.meta.url)('tldts') as typeof Tldts

const OPTIONS = {allowPrivateDomains: true, validateHostname: false}

/** The registrable domain of a canonical host; addresses, single labels and bare suffixes are their own. */
export function registrableDomain(host: string): string {
  if (!host.includes('.')) return host
  return getDomain(host, OPTIONS) ?? host
}
