// The layers of responses, and the settings that change their findings, for `explain`.
import {add, NONE, warned, type Explanation, type Facts, type Proposals} from '../../core/explanation.js'
import type {ResponsesConfig} from './config.js'

type Config = ResponsesConfig

const ENABLED = 'response_scanning.enabled'
const ACTION = 'response_scanning.action'
const STREAMS_ENABLED = 'response_scanning.sse_streaming.enabled'
const STREAM_ACTION = 'response_scanning.sse_streaming.action'

export const explanation: Explanation<Config> = {
  layers: [
    {
      surface: 'response',
      label: 'core_response',
      about: 'the eight rules of the core floor, where response_scanning is off',
      off: ({response_scanning}) =>
        response_scanning.enabled ? 'response_scanning is on: response_scan looks for them' : undefined,
    },
    {
      surface: 'response',
      label: 'response_scan',
      about: 'injected instructions, over every pass',
      off: ({response_scanning}) => (response_scanning.enabled ? undefined : `${ENABLED}: false`),
    },
    {
      surface: 'response',
      label: 'sse_stream',
      about: 'injected instructions and credentials, over the events of a stream',
      off: ({response_scanning: {sse_streaming}}) => (sse_streaming.enabled ? undefined : `${STREAMS_ENABLED}: false`),
      skipped: ({mediaType}) => (mediaType.startsWith('text/event-stream') ? undefined : 'it is not an event stream'),
    },
  ],
  remedies: {
    response_size: {switches: [ENABLED], stricter: ACTION, loosen: () => [warned(ACTION)]},
    core_response: {isAcceptable: true, recorded: '', loosen: exempted},
    response_scan: {
      isAcceptable: true,
      switches: [ENABLED],
      stricter: ACTION,
      recorded: 'an entry of suppress for this rule and place, or response_scanning.exempt_domains',
      // an exemption does not apply to credentials in a stream of lines
      loosen: (facts) => [...exempted(facts), warned(ACTION)],
    },
    // media is inspected in scanned responses only
    media_policy: {switches: [ENABLED]},
    sse_stream: {
      isAcceptable: true,
      switches: [STREAMS_ENABLED, ENABLED],
      stricter: STREAM_ACTION,
      loosen: (facts) => [...exempted(facts), warned(STREAM_ACTION)],
    },
  },
  inspectAll: ({response_scanning: section}) => ({
    response_scanning: {...section, enabled: true, sse_streaming: {...section.sse_streaming, enabled: true}},
  }),
}

function exempted({config, target}: Facts<Config>): Proposals {
  if (target === undefined) return NONE
  return [
    add(
      'response_scanning.exempt_domains',
      config.response_scanning.exempt_domains,
      target.host,
      'injected instructions in responses of this host are no longer enforced',
    ),
  ]
}
