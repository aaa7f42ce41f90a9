// The verdict on a text without a match.
import type {TextVerdict} from '../../core/services/dlp.js'

export const CLEAN_TEXT: TextVerdict = {matches: [], informational: [], exhausted: false}
