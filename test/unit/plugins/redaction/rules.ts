// A ruleset and a service for tests, built as the plugin builds them, with the real credential scanner.
import type {Work} from '../../../../src/core/work.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {sections as dlpSections} from '../../../../src/plugins/dlp/config.js'
import {sections} from '../../../../src/plugins/redaction/config.js'
import {createRedaction, type RedactionService, type RedactionState} from '../../../../src/plugins/redaction/create.js'
import {BUILT_IN_CLASSES} from '../../../../src/plugins/redaction/classes.js'

const config = {dlp: dlpSections.dlp.parse({scan_env: false}), canary_tokens: dlpSections.canary_tokens.parse({})}
export const scanner = await buildScanner(config, {env: {}})

/** The section as a file would give it, enabled with one profile of these classes. */
export function serviceOf(
  section: object,
  state: RedactionState = {snapshots: new Map(), counts: new Map()},
  warn: (field: string, message: string) => void = () => undefined,
): RedactionService {
  const redaction = sections.redaction.parse({enabled: true, default_profile: 'p', ...section})
  return createRedaction({redaction}, state, scanner, warn)
}

export const withClasses = (...classes: readonly string[]): RedactionService => serviceOf({profiles: {p: {classes}}})

export const everything: RedactionService = withClasses(...BUILT_IN_CLASSES)

export const API = {host: 'api.example.com', method: 'POST', path: '/v1', contentType: 'application/json'}

/** The redacted text, or the failure. */
export async function redact(
  service: RedactionService,
  text: string,
  request: Partial<typeof API> = {},
  work?: Work,
): Promise<string> {
  const result = await service.request(Buffer.from(text), {...API, ...request}, work && {work})
  return result.ok ? result.bytes.toString() : `!${result.code}`
}

/** The redacted value of one string. */
export async function redactString(service: RedactionService, text: string): Promise<unknown> {
  const result = await redact(service, JSON.stringify(text))
  return result.startsWith('!') ? result : JSON.parse(result)
}
