// Trust in the authority for one program and what it starts: a bundle of all certificates that it trusted before and of this
// one, and the variables by which runtimes and tools find a bundle.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname} from 'node:path'
import {rootCertificates} from 'node:tls'
import {BUNDLES, NODE_VARIABLE, REPLACING} from './trust-stores.js'

/** Of programs that have no store of their own to change. */
const OTHERS: readonly string[] = ['AWS_CA_BUNDLE', 'PIP_CERT', 'DENO_CERT']

export interface AgentTrust {
  /** Certificate of the authority, PEM. */
  readonly certificate: string
  /** The bundle, made anew. */
  readonly bundle: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Writes the bundle; returns the variables that name it. Throws the error of the system. */
export function writeAgentTrust({certificate, bundle, env}: AgentTrust): Readonly<Record<string, string>> {
  const variables = [NODE_VARIABLE, ...REPLACING.map(([name]) => name), ...OTHERS]
  const before = variables.flatMap((name) => readIfAny(env[name]))
  const [system = rootCertificates.join('\n')] = BUNDLES.flatMap(readIfAny)
  const parts = [...new Set([system, ...before, readFileSync(certificate, 'utf8')])]
  mkdirSync(dirname(bundle), {recursive: true, mode: 0o700})
  writeFileSync(bundle, parts.map((part) => (part.endsWith('\n') ? part : `${part}\n`)).join(''), {mode: 0o600})
  return Object.fromEntries(variables.map((name) => [name, bundle]))
}

function readIfAny(path: string | undefined): readonly string[] {
  if (path === undefined || path === '') return []
  try {
    return [readFileSync(path, 'utf8')]
  } catch {
    return []
  }
}
