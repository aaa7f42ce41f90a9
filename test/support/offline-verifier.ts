// The offline verifier as linked by the build, in a realm with the language and text as bytes only: no Node, no
// network, no clock.
import {readFileSync} from 'node:fs'
import {createContext, runInContext} from 'node:vm'
import type * as Offline from '../../src/plugins/receipts/verify/offline-verifier.js'

const path = new URL('../../dist/verifier/verifier.js', import.meta.url)

export function linkedVerifier(): typeof Offline {
  const text = readFileSync(path, 'utf8').replace(/\nexport const .*\n$/, '\nverifier')
  return runInContext(text, createContext({TextEncoder, TextDecoder})) as typeof Offline
}
