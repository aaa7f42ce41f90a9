// The receipt keys of this recorder as the key directory lists them: the current one, and those that it took over from,
// with the time at which they stopped; what the log says outlives a restart.
import type {KeyDirectory} from '../../core/services/recorder.js'
import {RECEIPT_USE, type DirectoryKey} from '../../formats/keys/key-directory.js'
import type {Running} from './running.js'

export function keyDirectory({key, keySince, formerKeys}: Running): KeyDirectory {
  if (!key) return {keys: [], signer: undefined}
  const entry = (
    each: DirectoryKey['key'],
    sinceMs: number | undefined,
    untilMs: number | undefined,
  ): DirectoryKey => ({
    // receipts name their signer by the key itself
    keyId: each.hex,
    use: RECEIPT_USE,
    key: each,
    notBefore: sinceMs === undefined ? undefined : Math.floor(sinceMs / 1000),
    notAfter: untilMs === undefined ? undefined : Math.ceil(untilMs / 1000),
  })
  const former = formerKeys.filter((each) => each.key.hex !== key.public.hex)
  return {
    keys: [
      entry(key.public, keySince, undefined),
      ...former.toReversed().map((each) => entry(each.key, each.sinceMs, each.untilMs)),
    ],
    signer: key,
  }
}
