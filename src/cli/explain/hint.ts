// A change with the verdict under it.
import type {Change} from '../../core/explanation.js'

export interface Hint extends Change {
  /** The verdict with that change. */
  readonly then: string
}
