// Secrets whose values are known: the environment, a file, canary tokens. Each value is looked for in every
// spelling that hides it; the set sees the first characters of each spelling, the rest is compared on candidates.
import {entropy} from '../../lib/entropy.js'
import {normaliseForDlp} from '../../lib/text/normalise.js'

export type KnownKind = 'environment' | 'file' | 'canary'

export interface KnownValue {
  readonly kind: KnownKind
  /** Name of a canary; the value of anything else has no name in findings. */
  readonly name: string
  readonly value: string
}

/** One spelling of one value. */
export interface Needle {
  readonly source: KnownValue
  /** `` for the value itself. */
  readonly encoding: string
  /** Lower case. */
  readonly text: string
  /** Compared with text whose separators are deleted. */
  readonly compact: boolean
}

export function needlesOf(values: readonly KnownValue[]): readonly Needle[] {
  return values.flatMap((source) => {
    const spellings = new Map<string, Needle>()
    const add = (encoding: string, text: string, compact = false): void => {
      const lower = text.toLowerCase()
      if (lower.length >= 8 && !spellings.has(lower)) spellings.set(lower, {source, encoding, text: lower, compact})
    }
    const bytes = Buffer.from(source.value, 'utf8')
    add('', source.value)
    // texts are compared in their normal form
    add('', normaliseForDlp(source.value).joined)
    add('escaped', JSON.stringify(source.value).slice(1, -1))
    add('percent', encodeURIComponent(source.value))
    for (let shift = 0; shift < 3; shift++) {
      const base64 = alignedBase64(bytes, shift)
      add('base64', base64)
      add('base64', base64.replaceAll('+', '-').replaceAll('/', '_'))
    }
    add('hex', bytes.toString('hex'))
    add('base32', base32(bytes))
    add('reversed', Array.from(source.value).reverse().join(''))
    const compact = withoutSeparators(source.value)
    if (compact.length >= 8) {
      add('split', compact, true)
      add('hex', bytes.toString('hex'), true)
    }
    return [...spellings.values()]
  })
}

/** The characters that the value alone decides when it stands `shift` bytes into a base64 text. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const padded = Buffer.concat([Buffer.alloc(shift), bytes])
  const text = padded.toString('base64').replace(/=+$/, '')
  const whole = Math.floor((padded.length * 8) / 6)
  return text.slice(shift === 0 ? 0 : shift + 1, whole)
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function base32(bytes: Buffer): string {
  let out = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += BASE32.charAt((buffer >> bits) & 31)
    }
  }
  return bits > 0 ? out + BASE32.charAt((buffer << (5 - bits)) & 31) : out
}

const SEPARATORS = /[./\\?&= \t\r\n:;,\-_@%+#|]/g
const SEPARATOR = new Uint8Array(128)
for (const character of './\\?&= \t\r\n:;,-_@%+#|') SEPARATOR[character.charCodeAt(0)] = 1

export function isSeparator(c: number): boolean {
  return c < 128 && SEPARATOR[c] === 1
}

/** The form in which a value split by separators is compared. */
export function withoutSeparators(text: string): string {
  return text.replace(SEPARATORS, '')
}

const ORDINARY_NAMES = new Set(
  (
    'PWD OLDPWD HOME PATH TMPDIR TEMP TMP _ USER LOGNAME USERNAME HOSTNAME HOST SHELL SHLVL TERM TERM_PROGRAM COLORTERM ' +
    'COLORFGBG LANG LANGUAGE DISPLAY WAYLAND_DISPLAY EDITOR VISUAL PAGER LESS LS_COLORS LSCOLORS ' +
    'DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK GOPATH GOROOT GOBIN PYTHONPATH PYTHONHOME NODE_PATH MANPATH INFOPATH ' +
    'PS1 PS2 PS3 PS4 USERPROFILE APPDATA LOCALAPPDATA PROGRAMFILES PROGRAMDATA SYSTEMROOT WINDIR COMSPEC COMPUTERNAME ' +
    'PATHEXT SESSIONNAME JAVA_HOME VIRTUAL_ENV'
  ).split(' '),
)
const ORDINARY_NAME = /^(?:LC_|XDG_|NPM_|NODE_|CONDA_|SSL_CERT_)|^KUBERNETES_.*_(?:HOST|PORT|TCP|UDP|ADDR|PROTO)(?:_|$)/

/** Values of the environment that must never leave, by name, length and entropy. */
export function environmentSecrets(
  env: Readonly<Record<string, string | undefined>>,
  minimumLength: number,
): readonly KnownValue[] {
  const results: KnownValue[] = []
  for (const [name, value] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined) continue
    const upper = name.toUpperCase()
    if (upper.endsWith('_PROXY')) {
      const password = proxyPassword(value)
      if (password.length >= 8) results.push({kind: 'environment', name, value: password})
      continue
    }
    const ours = upper.startsWith('PIPELOCK_') && /KEY|TOKEN|SECRET|PASS/.test(upper)
    if (Buffer.byteLength(value) < (ours ? 8 : minimumLength)) continue
    if (!ours && (ORDINARY_NAMES.has(upper) || ORDINARY_NAME.test(upper) || isPathLike(value) || isPlainUrl(value)))
      continue
    if (ours || entropy(value) > 3) results.push({kind: 'environment', name, value})
  }
  return results
}

function proxyPassword(value: string): string {
  const at = value.lastIndexOf('@')
  const userinfo = value.slice(value.indexOf('://') < 0 ? 0 : value.indexOf('://') + 3, Math.max(0, at))
  const colon = userinfo.indexOf(':')
  return colon < 0 ? '' : userinfo.slice(colon + 1)
}

/** Absolute paths and lists of them. */
function isPathLike(value: string): boolean {
  return value.split(':').every((part) => /^(?:\/[A-Za-z0-9._@+-]+)+\/?$/.test(part) || part === '')
}

/** The address of a service is no secret; with userinfo, a query or an opaque segment (a web hook) it is one. */
function isPlainUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~-]{0,15})*$/i.test(value)
}

export interface SecretLines {
  readonly values: readonly string[]
  readonly warnings: readonly string[]
}

const MAX_ENTRIES = 1000
const MAX_BYTES = 4096

/** Lines of a secrets file; unusable ones are named by number, never by content. */
export function parseSecretLines(text: string, minimumLength: number): SecretLines {
  const values = new Set<string>()
  const warnings: string[] = []
  const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split(/\r\n|\r|\n/)
  for (const [i, line] of lines.entries()) {
    const value = line.trim()
    if (value === '' || value.startsWith('#')) continue
    const size = Buffer.byteLength(value)
    if (value.includes('\0')) warnings.push(`line ${i + 1} skipped: holds a NUL`)
    else if (size > MAX_BYTES) warnings.push(`line ${i + 1} skipped: longer than ${MAX_BYTES} bytes`)
    else if (size < minimumLength) warnings.push(`line ${i + 1} skipped: shorter than ${minimumLength} bytes`)
    else if (values.size >= MAX_ENTRIES) {
      warnings.push(`line ${i + 1} and what follows skipped: more than ${MAX_ENTRIES} entries`)
      break
    } else values.add(value)
  }
  return {values: [...values], warnings}
}
