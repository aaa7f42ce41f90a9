// The layers of request bodies and headers, and the settings that change their findings, for `explain`.
import {NONE, set, warned, type Explanation, type Layer} from '../../core/explanation.js'
import type {BodiesConfig} from './config.js'

type Config = BodiesConfig

const ENABLED = 'request_body_scanning.enabled'
const ACTION = 'request_body_scanning.action'
const ENTROPY_ENABLED = 'request_body_scanning.content_entropy_enabled'
const ENTROPY_ACTION = 'request_body_scanning.content_entropy_action'
const off = ({request_body_scanning: {enabled}}: Config): string | undefined =>
  enabled ? undefined : `${ENABLED}: false`
const switches = [ENABLED]

const LAYERS: readonly Omit<Layer<Config>, 'surface'>[] = [
  {label: 'header_dlp', about: 'credentials in headers', off, skipped: () => 'no headers were given'},
  {label: 'request_body', about: 'whether the body can be read whole', off},
  {label: 'body_dlp', about: 'credentials: whole, encoded, cut over several fields', off},
  {label: 'body_prompt_injection', about: 'injected instructions', off},
  {
    label: 'body_entropy',
    about: 'values that look random',
    off: (config) =>
      off(config) ?? (config.request_body_scanning.content_entropy_enabled ? undefined : `${ENTROPY_ENABLED}: false`),
  },
]

const acceptable = {isAcceptable: true, switches, stricter: ACTION, loosen: () => [warned(ACTION)]} as const

export const explanation: Explanation<Config> = {
  layers: LAYERS.map((layer) => ({...layer, surface: 'request'})),
  remedies: {
    header_dlp: {
      ...acceptable,
      recorded: 'an entry of suppress for this rule and place, or request_body_scanning.header_mode',
    },
    dlp_header: {isAcceptable: true, recorded: 'an entry of suppress for this rule and place'},
    request_body: {
      switches,
      recorded: 'request_body_scanning.max_body_bytes, where the body was too large',
      loosen({finding, subject, config}) {
        const size = subject.content?.bytes.length ?? 0
        if (size <= config.request_body_scanning.max_body_bytes || !finding.detail.includes('max_body_bytes'))
          return NONE
        return [set('request_body_scanning.max_body_bytes', size, `raise it to ${size}, the length of this body`)]
      },
    },
    body_dlp: {
      ...acceptable,
      recorded: 'an entry of suppress for this rule and place, or request_body_scanning.action',
    },
    body_prompt_injection: {...acceptable, recorded: 'request_body_scanning.prompt_injection'},
    body_entropy: {
      isAcceptable: true,
      switches: [ENTROPY_ENABLED, ENABLED],
      stricter: ENTROPY_ACTION,
      loosen: () => [warned(ENTROPY_ACTION)],
    },
  },
  inspectAll: ({request_body_scanning: section}) => ({request_body_scanning: {...section, enabled: true}}),
}
