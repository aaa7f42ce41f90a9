// Worlds with an active contract: a store, its roster, and the hosts of the contract.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {GENESIS, manifestText, signManifest} from '../../src/formats/documents/active-manifest.js'
import {contractYaml} from '../../src/formats/documents/contract.js'
import {ANNA, contract, ENVIRONMENT, httpRule, PIN, rosterFile, selectorFor} from '../support/contract-store.js'
import {GOOD, merge, type Config, type Setting} from './world.js'

export const PAGES = 'pages.good.example'
export const PORTLESS = 'portless.good.example'

type Ports = {readonly http: number; readonly tls: number}

const rule = (id: string, host: string, selector: object) =>
  httpRule(id, {host: {value: host, data_class: 'public'}, ...selector})
const paths = (...values: string[]) => ({paths: values.map((value) => ({value, data_class: 'public'}))})

/** Pages of the good host with tunnels to it, one host with a page only, one on its default port. */
function contractFor({http, tls}: Ports) {
  const ports = [http, tls]
  return contract('coder', [
    rule('r-pages', GOOD, {ports, methods: ['GET'], ...paths('/page', '/items/*', '/slow', '/moved')}),
    rule('r-search', GOOD, {ports, methods: ['GET'], ...paths('/search'), parameters: ['page', 'q']}),
    rule('r-form', GOOD, {ports, methods: ['POST'], ...paths('/form')}),
    rule('r-tunnel', GOOD, {ports, methods: ['CONNECT'], ...paths('/')}),
    rule('r-only', PAGES, {ports, methods: ['GET'], ...paths('/page')}),
    rule('r-portless', PORTLESS, {}),
  ])
}

/** Writes a store whose active manifest binds the contract to the agent. */
function installStore(folder: string, ports: Ports): string {
  const store = join(folder, 'store')
  for (const name of ['manifests', 'history', 'tombstones']) mkdirSync(join(store, name), {recursive: true})
  const bound = contractFor(ports)
  const manifest = signManifest(
    {
      generation: 1,
      priorManifestHash: GENESIS,
      environment: ENVIRONMENT,
      selectors: [selectorFor('coder', bound)],
      signedAt: '2026-05-01T00:00:00Z',
    },
    [ANNA],
  )
  writeFileSync(join(store, 'history', `${bound.body.contract_hash.replace(':', '-')}.yaml`), contractYaml(bound))
  writeFileSync(join(store, 'active.json'), manifestText(manifest))
  writeFileSync(join(folder, 'roster.json'), rosterFile())
  return store
}

/** A firewall that enforces the contract in the given mode. */
export function contractSetting(mode: string, more: Config = {}): Setting {
  return {
    config: (folder, ports) =>
      merge(
        {
          default_agent_identity: 'coder',
          bind_default_agent_identity: true,
          dns: {host_overrides: {[PAGES]: '127.0.0.1', [PORTLESS]: '127.0.0.1'}},
          learn_lock: {
            enabled: true,
            mode,
            store_dir: installStore(folder, ports),
            roster_path: join(folder, 'roster.json'),
            environment: ENVIRONMENT,
            pinned_root_fingerprint: PIN,
          },
        },
        more,
      ),
  }
}
