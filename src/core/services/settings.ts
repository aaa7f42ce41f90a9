// What plugins publish of their configuration sections, by the name of the plugin: to checks and constructors of other
// plugins, to host and to commands. A section is read by its owner alone, so a key can change in one place.

/** Limits of the URL layers, in the names of the file. */
export interface Monitoring {
  readonly max_url_length: number
  readonly entropy_threshold: number
  readonly subdomain_entropy_threshold: number
  readonly subdomain_entropy_exclusions: readonly string[]
  readonly entropy_exempt_keys: readonly {readonly host: string; readonly keys: readonly string[]}[]
  readonly entropy_length_aware: boolean
  readonly blocklist: readonly string[]
  readonly max_requests_per_minute: number
  readonly max_data_per_minute: number
}

export interface Settings {
  readonly proxy: {
    /** Address of the main listener, as written. */
    readonly listen: string
    readonly forwardEnabled: boolean
    /** Longest inspected response. */
    readonly maxResponseBytes: number
    readonly maxTunnelSeconds: number
    readonly monitoring: Monitoring
  }
  readonly routes: {
    /** Names of routes whose bodies move unread. */
    readonly unread: readonly string[]
  }
  readonly interception: {
    readonly enabled: boolean
    /** Longest inspected response inside a tunnel. */
    readonly maxResponseBytes: number
    /** Path of the certificate of its authority. */
    readonly certificate: string
    /** Path of its private key. */
    readonly key: string
    /** Hosts whose tunnels are relayed unread. */
    readonly passthrough: readonly string[]
  }
  readonly websocket: {
    readonly enabled: boolean
    /** Text messages are judged. */
    readonly scansText: boolean
    readonly maxConnectionSeconds: number
  }
  readonly 'reverse-proxy': {
    /** Address of its listener, as written; undefined while it is off. */
    readonly listen: string | undefined
  }
  readonly 'scan-api': {
    /** Address of its listener, as written; undefined while it is off. */
    readonly listen: string | undefined
    /** Tokens that it accepts. */
    readonly tokens: readonly string[]
  }
  readonly 'kill-switch': {
    readonly tokens: readonly string[]
  }
  readonly emission: {
    /** With which it calls the receivers of events. */
    readonly tokens: readonly string[]
  }
  readonly dlp: {
    /** Expressions of the operator. */
    readonly expressions: readonly string[]
  }
  readonly destination: {
    readonly allowlist: readonly string[]
  }
  /** In the names of the file. */
  readonly redaction: {
    /** Hosts whose names may be learned in clear. */
    readonly public_allowlist: readonly string[]
    readonly salt_hash: {
      readonly private_suffixes: readonly string[]
      readonly private_cidrs: readonly string[]
      readonly private_mcp_name_patterns: readonly string[]
      readonly salt_epoch: number
    }
  }
  readonly 'request-scanning': {
    readonly enabled: boolean
    /** False while bodies are not scanned. */
    readonly scansHeaders: boolean
    readonly maxBodyBytes: number
  }
  readonly 'response-scanning': {
    readonly enabled: boolean
    readonly maxEventBytes: number
  }
  readonly media: {
    /** SVG passes, and has to be disarmed. */
    readonly handsOnSvg: boolean
  }
  readonly recorder: {
    readonly enabled: boolean
    readonly directory: string
    /** Private key of the receipts; empty: no receipts. */
    readonly signingKeyPath: string
    readonly redacts: boolean
    readonly signsCheckpoints: boolean
    readonly checkpointInterval: number
  }
  readonly learn: {
    /** Expressions for values that no evidence may hold. */
    readonly regulatedPatterns: readonly string[]
  }
  readonly contract: {
    readonly lock: LockSettings
  }
}

/** The lock, in the names of the file. */
export interface LockSettings {
  readonly enabled: boolean
  readonly mode: 'live' | 'shadow' | 'capture' | '' | null
  readonly store_dir: string
  readonly roster_path: string
  readonly environment?: {readonly id: string; readonly tenant: string; readonly deployment_id: string} | undefined
  readonly pinned_root_fingerprint: string
  readonly minimum_signatures: number
  readonly require_active: boolean
  readonly minimum_generation?: number | undefined
}

/** The published settings of a plugin for one configuration. */
export type ReadSettings = <Name extends keyof Settings>(name: Name) => Settings[Name]
