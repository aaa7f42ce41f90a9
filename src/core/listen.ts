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

export function showListen({host, port}: ListenAddress): string {
  return hostText(host, port)
}
