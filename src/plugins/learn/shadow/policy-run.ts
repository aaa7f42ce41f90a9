// `policy replay` behind its flags: find the sessions, replay, write the document whole or not at all.
import {resolve} from 'node:path'
import type {GateMode} from '../../../core/decision.js'
import {discoverSessions} from '../compile/discover.js'
import {readFileCoded} from '../compile/source-file.js'
import {checkOutputs, stageOutputs} from '../outputs.js'
import {policyCounts, policyDocument, replayPolicy, type PolicyCounts, type PolicyDiff} from './policy.js'
import {urlScanner, type UrlStage} from './scanner.js'

export interface PolicyReplayRequest {
  /** Folder of session directories. */
  readonly sessions: string
  readonly mode: GateMode
  /** A fresh stage of the URL layers. */
  readonly stage: () => UrlStage
  readonly candidateConfigHash: string
  readonly outJson: string | undefined
  /** Files that no output may touch. */
  readonly protectedFiles: readonly string[]
}

export interface PolicyReplayResult {
  readonly document: string
  readonly counts: PolicyCounts
  readonly warnings: readonly string[]
}

export async function runPolicyReplay(request: PolicyReplayRequest): Promise<PolicyReplayResult> {
  const sessions = discoverSessions(resolve(request.sessions))
  const outputs = request.outJson === undefined ? [] : [resolve(request.outJson)]
  checkOutputs(outputs, [...sessions.chains.flat(), ...request.protectedFiles])
  const diff = await replayPolicy(
    sessions.chains.map((chain) => chain.map((file) => ({path: file, chunks: () => readFileCoded(file)}))),
    {scanner: () => urlScanner(request.stage(), request.mode), candidateConfigHash: request.candidateConfigHash},
  )
  const document = policyDocument(diff)
  stageOutputs(outputs.map((path) => ({path, text: document}))).publish()
  return {
    document,
    counts: policyCounts(diff),
    warnings: [...sessions.skipped.map((reason) => `left out: ${reason}`), ...notesOf(diff)],
  }
}

function notesOf({truncated, dropped, skipped, unreadable, records}: PolicyDiff): readonly string[] {
  const calls = records.filter(({surface}) => surface === 'tool_policy').length
  return [
    ...truncated.map((path) => `${path}: the chain does not begin at genesis; what came before is unknown`),
    ...(dropped > 0 ? [`${dropped} captures were dropped while observing and are not in this document`] : []),
    ...(skipped > 0 ? [`${skipped} capture records could not be read`] : []),
    ...(unreadable > 0 ? [`${unreadable} lines are not recorder entries`] : []),
    ...(calls > 0 ? [`${calls} tool calls are not judged again: a tool policy cannot be configured yet`] : []),
  ]
}
