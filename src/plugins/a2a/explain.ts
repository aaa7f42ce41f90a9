// The layers of A2A messages, and the settings that change their findings, for `explain`.
import {warned, type Explanation, type Remedy} from '../../core/explanation.js'
import type {A2aConfig} from './config.js'

type Config = A2aConfig

const ENABLED = 'a2a_scanning.enabled'
const ACTION = 'a2a_scanning.action'
const off = ({a2a_scanning: {enabled}}: Config): string | undefined => (enabled ? undefined : `${ENABLED}: false`)
const remedy: Remedy<Config> = {
  isAcceptable: true,
  stricter: ACTION,
  switches: [ENABLED],
  loosen: () => [warned(ACTION)],
}

export const explanation: Explanation<Config> = {
  layers: [
    {surface: 'request', label: 'a2a_body', about: 'a message to another agent, field by field', off},
    {surface: 'response', label: 'a2a_response', about: 'a message of another agent, field by field', off},
    {
      surface: 'response',
      label: 'a2a_stream',
      about: 'messages of another agent, over the events of a stream',
      off,
      skipped: ({mediaType}) => (mediaType.startsWith('text/event-stream') ? undefined : 'it is not an event stream'),
    },
    {
      surface: 'response',
      label: 'a2a_card',
      about: 'agent cards: how another agent describes itself',
      off: (config) =>
        off(config) ?? (config.a2a_scanning.scan_agent_cards ? undefined : 'a2a_scanning.scan_agent_cards: false'),
    },
  ],
  remedies: {a2a_body: remedy, a2a_response: remedy, a2a_card: remedy, a2a_stream: remedy},
  inspectAll: ({a2a_scanning}) => ({a2a_scanning: {...a2a_scanning, enabled: true, scan_agent_cards: true}}),
}
