// Traffic of the demonstration's agent: the same work in every session with other identifiers, something rare, and
// attacks. Credentials are generated when they are sent, so that no file contains one.
import type {ProxyCall} from './client.js'

export const HOSTS = {api: 'api.demo.test', docs: 'docs.demo.test', unknown: 'elsewhere.demo.test'} as const

export interface Places {
  readonly api: string
  readonly docs: string
  /** Resolves like the others, but is not part of any learned session. */
  readonly unknown: string
}

export function placesOf(originPort: number): Places {
  return {
    api: `http://${HOSTS.api}:${originPort}`,
    docs: `http://${HOSTS.docs}:${originPort}`,
    unknown: `http://${HOSTS.unknown}:${originPort}`,
  }
}

const order = (number: number): string => JSON.stringify({item: `item-${number}`, count: 1})

/** One session of ordinary work. The identifiers differ from session to session, as in real work. */
export function sessionWork({api, docs}: Places, session: number): readonly ProxyCall[] {
  const wishes: ProxyCall[] = []
  for (let turn = 0; turn < 3; turn++) {
    const number = 1000 + session * 37 + turn * 11
    wishes.push(
      {url: `${api}/v1/users?page=${turn + 1}`},
      {url: `${api}/v1/projects/${number}/issues`},
      {method: 'POST', url: `${api}/v1/orders`, body: order(number)},
      {url: `${docs}/guide/start`},
    )
  }
  return [...wishes, {url: `${docs}/guide/reference`, fetch: true}]
}

/** Allowed, but done only once. */
export function rareWork({api}: Places): ProxyCall {
  return {url: `${api}/v1/admin/keys`}
}

export const METADATA = 'http://169.254.169.254/latest/meta-data/iam/'
/** The same address as one hexadecimal number. */
export const METADATA_HEX = 'http://0xa9fea9fe/latest/meta-data/iam/'
export const PRIVATE = 'http://10.20.30.40/'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Has the form of a cloud access key, but is not valid anywhere. */
export function madeUpKey(random: (bytes: number) => Uint8Array): string {
  const tail = Array.from(random(16), (byte) => LETTERS[byte % LETTERS.length]).join('')
  return ['AK', 'IA', tail].join('')
}
