// The main listener of a configuration, for a probe. The file is not validated: a broken one does not stop a firewall
// that runs with the previous one, and must not make its supervisor end it.
import {type ListenAddress, splitListen} from '../../core/listen.js'
import {type ConfigSource, treeOfSource} from './load.js'

/** The default of `fetch_proxy.listen`. */
const DEFAULT: ListenAddress = {host: '127.0.0.1', port: 8888}

/** Throws config_unreadable. */
export async function mainListener(source: ConfigSource): Promise<ListenAddress> {
  const {value} = await treeOfSource(source)
  const section = memberOf(value, 'fetch_proxy')
  const listen = memberOf(section, 'listen')
  return (typeof listen === 'string' ? splitListen(listen) : undefined) ?? DEFAULT
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
