// The shield as its plugin builds it, over texts.
import {Buffer} from 'node:buffer'
import {sections, type BrowserShield} from '../../../../src/plugins/shield/config.js'
import {createShield, type Shielded} from '../../../../src/plugins/shield/shield.js'

export type Done = Extract<Shielded, {kind: 'done'}>

export function section(over: Partial<BrowserShield> = {}): BrowserShield {
  return {...sections.browser_shield.parse({enabled: true}), ...over}
}

/** Everything on; the script of the shield only where a test asks for it. */
const QUIET = {strip_extension_probing: true, tracking_domains: ['t.example', '*.track.example']}

export function shielded(
  text: string | Buffer,
  mediaType = 'text/html',
  over: Partial<BrowserShield> = {},
  headers: readonly (readonly [string, string])[] = [],
  charset = '',
): Done {
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text)
  const contentType = charset === '' ? mediaType : `${mediaType}; charset=${charset}`
  const verdict = createShield(section({...QUIET, ...over}))({bytes, mediaType, contentType, headers})
  if (verdict.kind !== 'done') throw new Error(`it was ${verdict.kind}`)
  return verdict
}

const SCRIPT = /<script(?: nonce="[^"]*")?>\(function\(\)\{var [rw]=.*?\}\)\(\);<\/script>/gs

/** The result as text, without the script that every page gets. */
export function page(text: string, over: Partial<BrowserShield> = {}): string {
  return shielded(text, 'text/html', over).bytes.toString().replace(SCRIPT, '')
}

export function drawing(text: string): string {
  return shielded(text, 'image/svg+xml').bytes.toString()
}

export function script(text: string): string {
  return shielded(text, 'text/javascript').bytes.toString()
}
