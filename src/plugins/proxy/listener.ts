// The main listener of a configuration, for a probe. The content is not validated: a broken file does not stop a firewall
// that runs with the previous one, and must not make its supervisor end it.
import {type ListenAddress, splitListen} from '../../core/listen.js'

/** The default of `fetch_proxy.listen`. */
const DEFAULT: ListenAddress = {host: '127.0.0.1', port: 8888}

export const listenerTools = {
  /** Of the parsed content of a file. */
  mainListener(content: unknown): ListenAddress {
    const listen = memberOf(memberOf(content, 'fetch_proxy'), 'listen')
    return (typeof listen === 'string' ? splitListen(listen) : undefined) ?? DEFAULT
  },
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
