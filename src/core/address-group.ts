// Groups client addresses into clients. A process on this host may send from any loopback address, and an IPv6 host has
// 2^64 addresses: counted by address, a client could multiply its share by changing address.
import {parseAddress} from '../lib/ip.js'

const LOCAL_GROUP = 'local'

/**
 * `local`, an IPv4 address, or an IPv6 network of 64 bits as `<prefix>_64`. An unparsable address forms its own group.
 */
export function addressGroup(address: string, isHostAddress: (address: string) => boolean): string {
  if (isHostAddress(address)) return LOCAL_GROUP
  const parsed = parseAddress(address)
  if (parsed === undefined) return address
  const {family, bytes, text} = parsed
  const isMapped = bytes.length === 16 && bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff))
  const four = family === 4 ? bytes : isMapped ? bytes.slice(12) : undefined
  if (four) return four[0] === 127 ? LOCAL_GROUP : four.join('.')
  if (text === '::1') return LOCAL_GROUP
  const words: string[] = []
  for (let i = 0; i < 8; i += 2) words.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16))
  return `${words.join(':')}::_64`
}
