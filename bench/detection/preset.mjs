// The balanced preset as `generate config` writes it, changed only where a bench must: a free port, no limit of requests a
// minute, names that lead to loopback, a log in a file.
import {execFileSync} from 'node:child_process'
import {join} from 'node:path'
import {parse, stringify} from 'yaml'

const CLI = join(import.meta.dirname, '../../bin/run.js')

export async function presetText(hosts, logFile) {
  const preset = parse(
    execFileSync(process.execPath, [CLI, 'generate', 'config', '--preset', 'balanced'], {encoding: 'utf8'}),
  )
  preset.fetch_proxy.listen = '127.0.0.1:0'
  preset.fetch_proxy.monitoring.max_requests_per_minute = 0
  preset.dns = {host_overrides: Object.fromEntries(hosts.map((host) => [host, '127.0.0.1']))}
  preset.trusted_domains = hosts
  preset.flight_recorder = {enabled: false}
  preset.logging = {format: 'json', output: 'file', file: logFile, include_allowed: false, include_blocked: true}
  return stringify(preset)
}
