// The lock of a learning agent: its contract is compared but not enforced until the mode is changed.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  agentLines: ({store, roster, pin}) => [
    'learn_lock:',
    '  enabled: true',
    '  # capture: record only; shadow: also report what the contract would block; live: block it',
    '  mode: shadow',
    `  store_dir: ${JSON.stringify(store)}`,
    `  roster_path: ${JSON.stringify(roster)}`,
    `  pinned_root_fingerprint: ${JSON.stringify(pin)}`,
    '  # where contracts are in force: a manifest for another environment is refused',
    '  environment: {id: local, tenant: local, deployment_id: "1"}',
    '',
  ],
}
