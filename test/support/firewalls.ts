// Firewalls for tests: on port 0, with a configuration file and an audit log in a folder of their own.
import {mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Clock} from '../../src/core/ports.js'
import type {ActionRecord} from '../../src/formats/action-receipt.js'
import {createFirewall, type Firewall, type FirewallOptions} from '../../src/host/firewall.js'
import {createPorts} from '../../src/host/ports.js'

export const BASE = `
fetch_proxy: {listen: "127.0.0.1:0", monitoring: {max_requests_per_minute: 0}}
forward_proxy: {enabled: true}
dns: {host_overrides: {origin.example: 127.0.0.1, other.example: 127.0.0.1}}
trusted_domains: [origin.example, other.example]
logging: {output: file, file: audit.log}
`

export interface TestFirewall {
  readonly firewall: Firewall
  readonly folder: string
  readonly configPath: string
  readonly printed: string[]
  /** Replaces the file by rename, as editors do. */
  rewrite(text: string): void
  log(): Record<string, unknown>[]
  close(): Promise<void>
}

export interface TestOptions {
  readonly clock?: Clock
  readonly watch?: boolean
  readonly overrides?: FirewallOptions['overrides']
  readonly start?: boolean
  /** Beside the configuration, readable by their owner. */
  readonly files?: Readonly<Record<string, string>>
  readonly transport?: FirewallOptions['transport']
}

export async function startFirewall(text: string, options: TestOptions = {}): Promise<TestFirewall> {
  const folder = mkdtempSync(join(tmpdir(), 'firewall-'))
  const configPath = join(folder, 'pipelock.yaml')
  writeFileSync(configPath, text)
  for (const [name, content] of Object.entries(options.files ?? {}))
    writeFileSync(join(folder, name), content, {mode: 0o600})
  const printed: string[] = []
  const ports = createPorts({home: join(folder, 'home'), env: {}, ...(options.clock ? {clock: options.clock} : {})})
  const firewall = await createFirewall({
    source: {kind: 'file', path: configPath},
    overrides: options.overrides ?? {},
    ports,
    watch: options.watch ?? false,
    ...(options.transport && {transport: options.transport}),
    say: (line) => void printed.push(line),
  })
  if (options.start !== false) await firewall.start()
  return {
    firewall,
    folder,
    configPath,
    printed,
    rewrite(next) {
      writeFileSync(`${configPath}.new`, next)
      renameSync(`${configPath}.new`, configPath)
    },
    log() {
      const lines = readFileSync(join(folder, 'audit.log'), 'utf8').split('\n').filter(Boolean)
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    async close() {
      await firewall.stop('test over', 100)
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

/** Of the firewall whose evidence is in the folder `evidence`, in the order of the log. */
export function receipts({folder}: TestFirewall): readonly ActionRecord[] {
  return readdirSync(join(folder, 'evidence'))
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join(folder, 'evidence', name), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .map((line) => JSON.parse(line) as {type: string; detail: {action_record: ActionRecord}})
    .filter(({type}) => type === 'action_receipt')
    .map(({detail}) => detail.action_record)
}

export interface TestResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** One request to the main listener; an absolute URL as path makes it a proxied one. */
export function send(
  firewall: Firewall,
  path: string,
  method = 'GET',
  port = firewall.addresses().main.port,
): Promise<TestResponse> {
  return new Promise((done, fail) => {
    const headers = path.startsWith('http://') ? {host: new URL(path).host} : {}
    const req = request({host: '127.0.0.1', port, path, method, headers, agent: false}, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        done({status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks).toString()}),
      )
      res.on('error', fail)
    })
    req.on('error', fail)
    req.end()
  })
}
