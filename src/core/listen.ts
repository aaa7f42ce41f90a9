// Listen addresses as they are written in configuration and on the command line.
import {hostText} from '../formats/target.js'

export interface ListenAddress {
  /** Empty: every address. */
  readonly host: string
  readonly port: number
}

/** `host:port`, `[v6]:port` or `:port`; undefined for anything else. */
export function splitListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s[\]:/@]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65535) return undefined
  return {host: match[1] ?? match[2] ?? '', port}
}

/** Where a program of this host reaches it: a listener on every address is called on loopback. */
export function reachedAt({host, port}: ListenAddress): ListenAddress {
  if (host === '::') return {host: '::1', port}
  return {host: host === '' || host === '0.0.0.0' ? '127.0.0.1' : host, port}
}

/** The host of a URL, an IPv6 address without its brackets. */
export function urlHost({hostname}: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** A name or an address that only this host reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

export function showListen({host, port}: ListenAddress): string {
  return hostText(host, port)
}
