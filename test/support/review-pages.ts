// Candidates for the pages: one that an agent of these days could leave, and one in which everything that traffic chooses
// tries to become markup.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseContractBody, signContract, contractYaml} from '../../src/core/formats/documents/contract.js'
import {coverageText} from '../../src/plugins/learn/compile/coverage-file.js'
import {runReview, type ReviewRequest} from '../../src/plugins/learn/review/run.js'
import {hourly, type CaptureSpec} from './captures.js'
import {compileCaptures, contractOf, HARNESS, type CompileSpec} from './compiling.js'

const SESSIONS = 14

/** A coding agent: an API with identifiers, a package mirror, an internal host, tools, rare requests, a blocked upload. */
export function ordinaryCaptures(): readonly CaptureSpec[] {
  const specs: CaptureSpec[] = []
  for (let s = 0; s < SESSIONS; s++) {
    let second = 0
    const add = (spec: CaptureSpec): void => {
      specs.push({session: `s${s}`, ts: hourly(2 * s, second), trace: `t${s}-${second++}`, bytes: 200 + 37 * second, ...spec})
    }
    const api = 'https://api.code.example'
    for (let i = 0; i < 3; i++) {
      const project = 1000 + s * 3 + i
      add({url: `${api}/v1/projects/${project}/issues`})
      add({url: `${api}/v1/projects/${project}/issues`, method: 'POST', actionClass: 'write'})
      add({url: `${api}/v1/projects/${project}`})
    }
    add({url: `${api}/v1/users/me`})
    add({url: `${api}/v1/search`})
    if (s % 2 === 0) add({url: `${api}/v1/notifications`})
    if (s === 3 || s === 9) add({url: `${api}/v1/export/quarterly`, method: 'POST'})
    if (s === 5) add({url: `${api}/v1/admin/audit-log`})
    add({url: 'https://registry.pkg.example', method: 'CONNECT', actionClass: 'network'})
    for (const name of ['left-pad', 'vitest', 'typescript']) if ((s + name.length) % 3 !== 0) add({url: `https://registry.pkg.example/${name}`})
    add({url: 'http://build.internal:8080/status'})
    if (s % 4 !== 0) add({url: `http://build.internal:8080/jobs/${s}/log`})
    add({url: 'https://docs.example/guide/start'})
    if (s === 11) add({url: 'https://docs.example/guide/migration'})
    for (let i = 0; i < 2; i++) add({tool: {server: 'files', name: 'read_file', args: '{"encoding":"utf8"}'}})
    if (s % 3 === 0) add({tool: {server: 'files', name: 'write_file'}})
    if (s === 7) add({url: 'https://paste.example/upload', method: 'POST', action: 'block'})
  }
  return specs
}

export interface WrittenCandidate {
  readonly candidate: string
  readonly contractHash: string
}

/** A candidate with its coverage beside it. */
export function writeCandidate(folder: string, specs: readonly CaptureSpec[], spec: CompileSpec = {}): WrittenCandidate {
  const compiled = compileCaptures(specs, spec)
  const candidate = join(folder, 'coder.candidate.yaml')
  writeFileSync(candidate, compiled.contract)
  const coverage = coverageText(compiled.ingested.aggregate, compiled.inferred, compiled.contractHash)
  if (coverage !== undefined) writeFileSync(join(folder, 'coder.candidate.coverage.json'), coverage)
  return {candidate, contractHash: compiled.contractHash}
}

export function reviewHtml(candidate: string, over: Partial<ReviewRequest> = {}): string {
  return runReview({
    candidate,
    layout: 'html',
    out: undefined,
    redact: false,
    salt: undefined,
    keyOf: () => undefined,
    ...over,
  }).text
}
