// URLs inside messages. A field that is there to be called goes through every URL layer, without a rate slot,
// a budget or anything that is learnt; any other value that is a URL is judged by what it names. Data that names a
// database, a bucket or a mailbox is no request.
import type {Finding} from '../../core/decision.js'
import type {Target} from '../../core/exchange.js'
import {parseTarget} from '../../core/target.js'

export interface UrlScanners {
  /** All URL layers, isolated; a name is resolved only with `resolve`. */
  layers(raw: string, resolve: boolean): Promise<Finding | undefined>
  /** What it names that is out of bounds as it is written. */
  named(target: Target): Finding | undefined
  /** The rule of a credential in it, userinfo included. */
  credential(target: Target): {readonly rule: string; readonly severity: string} | undefined
}

export interface UrlFinds {
  readonly finding?: Finding | undefined
  readonly credential?: {readonly rule: string; readonly severity: string} | undefined
  /** A scheme that runs or carries content. */
  readonly scheme?: 'javascript' | 'data'
}

const NOTHING: UrlFinds = {}

const HIERARCHICAL = /^[a-z][a-z0-9+.-]{0,30}:\/\/\S+$/i
/** As browsers read them: one slash, backslashes or an address will do. */
const WEB = /^(?:https?|wss?):(?:[\\/]|\d+\.\d)\S*$/i
const WEB_SCHEME = /^(?:http|ws)(s?):/i
const DATA = /^data:(?:([a-z]+\/[\w.+-]+)?(?:;[\w=."+-]+)*),/i
const MEDIA = /^(?:image|audio|video|font)\/(?!svg)/i
/** A call, an assignment or a template: a title that begins with the name of the language is none. */
const SCRIPT = /^javascript:\s*(?:[\w$.\])}]+\s*=[^=]|[^\s(]*[\w$.\])}]\(|[^\s]*%28|\/\/|[{`'"[(!+-])/i

/** As a parser of URLs cuts it: what it drops says nothing. */
function trimmed(text: string): string {
  return text.replace(/^[\0-\x20]+|[\t\n\r]+|[\0-\x20]+$/g, '')
}

/** A value that is a URL as a whole: by what it names. */
export function judgeByValue(text: string, scanners: UrlScanners): UrlFinds {
  const url = trimmed(text)
  if (WEB.test(url)) return judgeWeb(url, scanners)
  if (HIERARCHICAL.test(url)) return judgeOther(url, scanners)
  if (SCRIPT.test(url)) return {scheme: 'javascript'}
  const data = DATA.exec(url)
  return data !== null && !MEDIA.test(data[1] ?? '') ? {scheme: 'data'} : NOTHING
}

function judgeWeb(url: string, scanners: UrlScanners): UrlFinds {
  const {target} = parseTarget(url.replace(WEB_SCHEME, 'http$1:'))
  return target === undefined ? NOTHING : {finding: scanners.named(target), credential: scanners.credential(target)}
}

/** Of other schemes only userinfo counts: what else is secret in them, the text scan sees. */
function judgeOther(url: string, scanners: UrlScanners): UrlFinds {
  if (!/:\/\/[^/?#\s]*@/.test(url)) return NOTHING
  const {target} = parseTarget(`http${url.slice(url.indexOf('://'))}`)
  return target === undefined ? NOTHING : {credential: scanners.credential(target)}
}

const INSIDE = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s<>"'`\\)\]}]+/gi

/** URLs that a text speaks of. */
export function urlsInside(text: string): readonly string[] {
  return text.includes('://') ? (text.match(INSIDE) ?? []) : []
}

/** A text may speak of an internal service; no honest one sends its reader to hand over the credentials of the cloud. */
export function judgeMentioned(url: string, scanners: UrlScanners): UrlFinds {
  const {finding, credential} = WEB.test(url) ? judgeWeb(url, scanners) : judgeOther(url, scanners)
  return {credential, ...(finding?.reason === 'ssrf_metadata' && {finding})}
}

const SCHEME = /^[a-z][a-z0-9+.-]*:(?!\d{1,5}(?:[/?#]|$))/i
/** Without a scheme only what is written like a host is one; everything else is a reference or a name. */
const HOST_LIKE =
  /^(?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|localhost|[^\s/?#@:]*\.[^\s/?#@:]*|\d+|0x[0-9a-f]+)(?::\d{1,5})?(?:[/?#]|$)/i

/** The value of a field that is there to be called. */
export async function judgeField(text: string, resolve: boolean, scanners: UrlScanners): Promise<UrlFinds> {
  const url = trimmed(text)
  if (url === '') return NOTHING
  // a picture that is its own address is no request
  const data = DATA.exec(url)
  if (data !== null && MEDIA.test(data[1] ?? '')) return NOTHING
  if (/^[\\/]{2}/.test(url)) return {finding: await scanners.layers(`https:${url}`, resolve)}
  if (!SCHEME.test(url)) return HOST_LIKE.test(url) ? judgeWeb(`http://${url}`, scanners) : NOTHING
  const web = url.replace(/^ws(s?):/i, 'http$1:')
  return {finding: await scanners.layers(web, resolve)}
}
