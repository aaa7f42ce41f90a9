// The files of the demonstration: their paths below its directory, and the configurations that it writes. They must
// work with the commands that it shows, so every path is what a user would type.
import {join} from 'node:path'
import {HOSTS} from './traffic.js'

export const AGENT = 'coder'
export const RECEIPT_KEY = 'receipt-signing'
export const ACTIVATION_KEY = 'activation-anna'
export const ROOT_KEY = 'root'
const ENVIRONMENT = {id: 'demo', tenant: 'demo', deployment_id: 'demo'} as const

/** Relative to the directory of the demonstration. */
export const FILES = {
  home: 'home',
  config: 'pipelock.yaml',
  lockConfig: 'pipelock-live.yaml',
  captures: 'captures',
  heldBack: 'held-back',
  evidence: 'evidence',
  tampered: 'evidence-tampered',
  auditLog: 'audit.log',
  receiptKey: `home/keys/${RECEIPT_KEY}.json`,
  receiptPublic: 'receipt-signing.pub',
  activationKey: `home/keys/${ACTIVATION_KEY}.json`,
  activationPublic: 'activation-anna.pub',
  rootKey: 'root-key/root.json',
  roster: 'roster.json',
  store: 'store',
  candidate: 'coder.candidate.yaml',
  review: 'review.md',
  shadow: 'shadow.md',
  shadowJson: 'shadow.json',
  ratified: 'coder.contract.yaml',
  ratification: 'ratification-receipts.jsonl',
  activation: 'store/activation-receipts.jsonl',
  report: 'demo.json',
} as const

export type DemoFile = keyof typeof FILES

/** For the observed sessions. */
export function observingConfig(directory: string): string {
  const hosts = Object.values(HOSTS)
  return [
    '# Configuration of the demonstration: the embedded defaults, and an agent whose hosts are all on this machine.',
    'version: 1',
    'mode: balanced',
    'fetch_proxy:',
    '  listen: "127.0.0.1:8888"',
    '  monitoring:',
    '    max_requests_per_minute: 0  # several sessions pass in a few seconds here',
    'forward_proxy:',
    '  enabled: true',
    'dns:',
    '  host_overrides:',
    ...hosts.map((host) => `    ${host}: "127.0.0.1"`),
    '# without this no name may lead to an internal address such as 127.0.0.1',
    'trusted_domains:',
    ...hosts.map((host) => `  - ${host}`),
    '# every client of this listener is this agent, whichever name it sends',
    `default_agent_identity: ${AGENT}`,
    'bind_default_agent_identity: true',
    'flight_recorder:',
    '  enabled: true',
    `  dir: ${FILES.evidence}`,
    `  signing_key_path: ${FILES.receiptKey}`,
    'learn:',
    `  capture_dir: ${JSON.stringify(join(directory, FILES.captures))}`,
    'logging:',
    '  output: file',
    `  file: ${FILES.auditLog}`,
    '',
  ].join('\n')
}

/** The same with the lock on. */
export function lockConfig(directory: string, rootFingerprint: string): string {
  const {id, tenant, deployment_id} = ENVIRONMENT
  return [
    observingConfig(directory).trimEnd(),
    '# traffic of an agent with a promoted contract must be covered by it',
    'learn_lock:',
    '  enabled: true',
    '  mode: live',
    `  store_dir: ${JSON.stringify(join(directory, FILES.store))}`,
    `  roster_path: ${JSON.stringify(join(directory, FILES.roster))}`,
    `  environment: {id: ${id}, tenant: ${tenant}, deployment_id: ${deployment_id}}`,
    `  pinned_root_fingerprint: "${rootFingerprint}"`,
    '',
  ].join('\n')
}
