// A refusal as a finding: it names types and sizes, never content.
import type {Finding} from '../../core/decision.js'
import {scannerFinding} from '../../core/scanner-finding.js'
import type {MediaRefusal, MediaRule} from '../../core/services/media.js'

/** After the size of the response, before instructions in it. */
const ORDER = 304

const HINTS: Readonly<Record<MediaRule, string>> = {
  audio: 'media_policy.strip_audio decides',
  video: 'media_policy.strip_video decides',
  images: 'media_policy.strip_images decides',
  type: 'media_policy.allowed_image_types lists what may pass',
  size: 'media_policy.max_image_bytes decides',
  mismatch: 'the declared type of the response differs from its content',
  parse: 'media_policy.strip_image_metadata removes metadata from images',
}

export function mediaFinding({rule, why}: MediaRefusal): Finding {
  return scannerFinding({
    plugin: 'media',
    layer: 'media_policy',
    reason: 'media_policy',
    action: 'block',
    order: ORDER,
    class: 'protective',
    rule,
    view: rule === 'size' ? 'its length' : rule === 'parse' ? 'its structure' : 'its type and its first bytes',
    detail: `media_policy: ${why}`,
    hint: HINTS[rule],
  })
}
