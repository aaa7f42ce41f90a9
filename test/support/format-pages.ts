// Reading docs/formats as an outsider does: code blocks, hashes, signatures and canonical texts on node:crypto alone, so that
// a page is verified by its own words and not by the code that wrote it.
import {createHash, createPublicKey, verify} from 'node:crypto'
import {readFileSync} from 'node:fs'

export const page = (name: string): string =>
  readFileSync(new URL(`../../docs/formats/${name}.md`, import.meta.url), 'utf8')

/** The content of the last code block of a language. */
export function block(markdown: string, language: string): string {
  const blocks = [...markdown.matchAll(/^```([a-z0-9]+)\n([\s\S]*?)^```$/gm)].filter(([, tag]) => tag === language)
  return blocks.at(-1)?.[2] ?? ''
}

export const sha256 = (...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function isSigned(key: string, message: Buffer, signature: string): boolean {
  const der = Buffer.from(`302a300506032b6570032100${key}`, 'hex')
  const publicKey = createPublicKey({key: der, format: 'der', type: 'spki'})
  return verify(null, message, publicKey, Buffer.from(signature.replace('ed25519:', ''), 'hex'))
}

export type Json = null | boolean | number | string | readonly Json[] | {readonly [name: string]: Json}
export type Members = {readonly [name: string]: Json}

/** Form J of values whose names are ASCII. */
export function formJ(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(formJ).join(',')}]`
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(typeof value === 'string' ? value.normalize('NFC') : value)
  }
  const members = value as Members
  const names = Object.keys(members).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${formJ(members[name] ?? null)}`).join(',')}}`
}

/** docs/formats/recorder-log.md, "Hash" and "Checkpoints", for entries of version 2. */
export function verifyLog(lines: readonly string[], key: string): boolean {
  let previous = 'genesis'
  let covered = 0
  return lines.every((line, index) => {
    const entry = JSON.parse(line) as Readonly<Record<string, string>> & {
      readonly seq: number
      readonly detail: Json
    }
    const start = line.indexOf(',"detail":') + ',"detail":'.length
    const end = line.lastIndexOf(entry['raw_ref'] === undefined ? ',"prev_hash":' : ',"raw_ref":')
    const names = ['v', 'seq', 'ts', 'session_id', 'trace_id', 'type', 'event_kind', 'transport', 'summary']
    const texts = [...names.map((name) => String(entry[name] ?? '')), line.slice(start, end)]
    const hash = sha256([...texts, entry['raw_ref'] ?? '', entry['prev_hash'] ?? ''].join('\0')).toString('hex')
    if (entry.seq !== index || entry['prev_hash'] !== previous || entry['hash'] !== hash) return false
    if (entry['type'] === 'checkpoint') {
      const {entry_count, first_seq, last_seq, signature} = entry.detail as Readonly<Record<string, number>> & {
        readonly signature: string
      }
      if (first_seq !== covered || last_seq !== index - 1 || entry_count !== index - covered) return false
      if (!isSigned(key, Buffer.from(previous), signature)) return false
      covered = index + 1
    }
    previous = hash
    return true
  })
}
