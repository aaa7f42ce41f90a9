// A capture file as a source of bytes, its faults as coded errors.
import {PipelockError, type ErrorCode} from '../../../core/errors.js'
import {readChunksSecurely, ReadFault, type ReadFaultKind} from '../../../lib/secure-read.js'

const CODES: Readonly<Record<ReadFaultKind, ErrorCode>> = {
  missing: 'file_not_found',
  unreadable: 'file_unreadable',
  symlink: 'file_not_regular',
  not_regular: 'file_not_regular',
  permissions: 'file_permissions',
  too_large: 'payload_too_large',
}

export function* readFileCoded(path: string): Generator<Uint8Array> {
  try {
    yield* readChunksSecurely(path)
  } catch (error) {
    throw error instanceof ReadFault ? new PipelockError(CODES[error.kind], error.message) : error
  }
}
