// Values of --key: a file, 64 hex characters, or the text of a public key file.
import {PipelockError} from '../../core/errors.js'
import {parsePublicKey, type PublicKey} from '../../lib/ed25519.js'
import {readSecurely, ReadFault} from '../../lib/secure-read.js'
import {quoted} from '../../lib/terminal.js'

const HEADER = 'pipelock-ed25519-public-v1'
const MAX_KEY_BYTES = 64 * 1024
const HEX = /^[0-9a-fA-F]{64}$/

/** The distinct keys of the values; an empty value is no key. A bad one is wrong usage. */
export function resolveTrustedKeys(values: readonly string[]): readonly PublicKey[] {
  const keys = new Map<string, PublicKey>()
  for (const value of values) {
    const text = value.trim()
    if (text === '') continue
    const file = text.startsWith(HEADER) ? undefined : fileText(value)
    const key = parseKeyText(file ?? text)
    // beside a stranger's evidence may lie a file that has the requested key as its name and another as its content
    if (file !== undefined && HEX.test(text) && key?.hex !== text.toLowerCase()) {
      throw new PipelockError('usage', `--key ${quoted(value, 80)} is a key and the name of a file with another one`, {
        hint: 'write ./ before the name to mean the file',
      })
    }
    if (!key) throw new PipelockError('usage', `--key ${quoted(value, 80)} is not an Ed25519 public key`)
    keys.set(key.hex, key)
  }
  return [...keys.values()]
}

function fileText(value: string): string | undefined {
  try {
    // a pipe whose name is a key, beside a stranger's evidence, must not be waited for
    return readSecurely(value, {maxBytes: MAX_KEY_BYTES, followLinks: true}).toString('utf8')
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    if (error.kind === 'too_large') throw new PipelockError('usage', `--key ${quoted(value, 200)}: no key is that long`)
    // a hex key names no file; neither does a text too long to be a path
    if (error.kind === 'unreadable' && !/\(ENAMETOOLONG\)$/.test(error.message))
      throw new PipelockError('usage', `--key: ${quoted(error.message, 300)}`)
    const looksLikePath = /[/\\]|^\.|\.[A-Za-z0-9]+$/.test(value)
    if (looksLikePath) throw new PipelockError('usage', `--key ${quoted(value, 200)}: file not found`)
    return undefined
  }
}

function parseKeyText(text: string): PublicKey | undefined {
  const trimmed = text.trim()
  if (HEX.test(trimmed)) return parsePublicKey(Buffer.from(trimmed, 'hex'))
  const [header, body, ...rest] = trimmed.split('\n')
  if (header?.trim() !== HEADER || body === undefined || rest.length > 0) return undefined
  const bytes = Buffer.from(body.trim(), 'base64')
  // Buffer.from skips what is no base64: only the exact spelling counts
  return bytes.toString('base64') === body.trim() ? parsePublicKey(bytes) : undefined
}
