// The live lock for the external checks, from the build.
import {activeContracts, evaluate} from '../../dist/core/contract/evaluate.js'
import {parseDestination} from '../../dist/formats/target.js'
import {liveLock} from './live-lock.mjs'

export const evaluateLiveLock = liveLock({activeContracts, evaluate, parseDestination})
