// The flag of commands that check signatures on several threads.
import {Flags} from './base.js'

export const jobsFlag = {
  jobs: Flags.integer({
    min: 1,
    max: 64,
    helpValue: 'N',
    description: 'threads that check signatures; default: as many as there are cores, at most 8',
  }),
}
