// Configuration defaults below the home directory: a file that sets no evidence directory uses the one of a run without
// a file.
import {join} from 'node:path'

/** Placeholder for the home directory (--home, PIPELOCK_HOME or ~/.pipelock) at the beginning of a path. */
const HOME = '<home>/'

/** Name of the key that a firewall generates for itself. */
export const RECEIPT_KEY_NAME = 'pipelock'
export const DEFAULT_EVIDENCE = `${HOME}evidence`
export const DEFAULT_CA_CERT = `${HOME}ca.pem`
export const DEFAULT_CA_KEY = `${HOME}ca-key.pem`
export const DEFAULT_RECEIPT_KEY = `${HOME}agents/${RECEIPT_KEY_NAME}/id_ed25519`

/** Made by `pipelock keygen mediation`. */
export const DEFAULT_MEDIATION_KEY = `${HOME}agents/mediation/id_ed25519`

export function isUnderHome(path: string): boolean {
  return path.startsWith(HOME)
}

export function underHome(path: string, home: string): string {
  return isUnderHome(path) ? join(home, path.slice(HOME.length)) : path
}
