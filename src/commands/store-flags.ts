// What names a contract store and what its documents are verified with, for commands that only read it.
import {Flags} from './base.js'
import {lifecycleFlags} from './lifecycle.js'

export const storeFlags = {
  'contract-store': lifecycleFlags['contract-store'],
  roster: lifecycleFlags.roster,
  'roster-root-fingerprint': lifecycleFlags['roster-root-fingerprint'],
  config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
}
