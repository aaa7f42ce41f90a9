// The section `a2a_scanning`: messages and cards of agents that talk to agents. What is left out is scanned.
import {z} from 'zod'

const on = z
  .boolean()
  .nullish()
  .transform((value) => value ?? true)

export const sections = {
  a2a_scanning: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('look into messages between agents, field by field')
        .meta({weaker: {when: 'off', gates: true}}),
      action: z
        .enum(['block', 'warn'])
        .default('block')
        .describe(
          'action on a finding; internal addresses, and messages that cannot be read or are too deep or too large, are always blocked',
        )
        .meta({weaker: ['warn', 'block']}),
      scan_agent_cards: on.describe('look into agent cards').meta({weaker: 'off'}),
      detect_card_drift: on
        .describe('a card that is not as it was first seen is a finding until it is reset')
        .meta({weaker: 'off'}),
      session_smuggling_detection: on
        .describe('look for injected instructions that are split over several messages of one conversation')
        .meta({weaker: 'off'}),
      max_context_messages: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(100)
        .describe(
          'messages of one conversation; with more its beginning is cut away, and a find blocks under any action',
        )
        .meta({weaker: 'lower'}),
      max_contexts: z
        .int()
        .min(1)
        .max(100_000)
        .default(1_000)
        .describe('conversations that are remembered; the one that was silent longest is forgotten')
        .meta({weaker: 'lower'}),
      scan_raw_parts: on
        .describe('decode the base64 of files in messages, and look into what is text')
        .meta({weaker: 'off'}),
      max_raw_size: z
        .int()
        .min(1)
        .max(64 * 1024 * 1024)
        .default(1_048_576)
        .describe('longest such base64 text; a longer one is a finding')
        .meta({weaker: 'higher'}),
    })
    .prefault({}),
}

export type A2aConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type A2aScanning = A2aConfig['a2a_scanning']
