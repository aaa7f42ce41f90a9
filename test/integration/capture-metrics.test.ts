// What a live /metrics page says of captures: written, lost, kept out, and why a session could not name its directory.
import {mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {send, BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {startOrigin} from '../support/origins.js'

async function valueOf({firewall}: TestFirewall, name: string): Promise<number> {
  const {body} = await send(firewall, '/metrics')
  return Number(
    body
      .split('\n')
      .find((line) => line.startsWith(`pipelock_${name} `))
      ?.split(' ')[1] ?? Number.NaN,
  )
}

/** Asks again until the writer, which nobody waits for, has come so far; the test's own limit ends it. */
async function until(test: TestFirewall, name: string, value: number): Promise<void> {
  while ((await valueOf(test, name)) < value);
  expect(await valueOf(test, name)).toBe(value)
}

const through = ({firewall}: TestFirewall, url: string, agent: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const {port} = firewall.addresses().main
    const headers = {host: new URL(url).host, 'x-pipelock-agent': agent}
    const req = request({host: '127.0.0.1', port, path: url, agent: false, headers}, (res) => {
      res.resume().on('end', () => resolve())
    })
    req.on('error', reject)
    req.end()
  })

test('counts captures as they are written, lost and refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capture-metrics-'))
  const captures = join(folder, 'captures')
  const origin = await startOrigin()
  const patterns = "{regulated_patterns: [{name: p, regex: 'patient-[0-9]+'}]}"
  const test = await startFirewall(`${BASE}learn: {enabled: true, capture_dir: ${captures}, privacy: ${patterns}}\n`)
  try {
    const url = `http://origin.example:${origin.port}`
    for (let i = 0; i < 3; i++) await through(test, `${url}/a`, 'coder')
    await through(test, `${url}/a`, 'a..b')
    await through(test, `${url}/patient-7`, 'coder')
    await until(test, 'learn_capture_records_total', 4)
    expect(await valueOf(test, 'capture_session_id_sanitized_total{reason="unsafe_path"}')).toBe(1)
    expect(await valueOf(test, 'capture_session_id_sanitized_total{reason="overlength"}')).toBe(0)
    expect(await valueOf(test, 'learn_regulated_data_blocked_total{reason="url"}')).toBe(1)
    expect(await valueOf(test, 'learn_unclassified_actions_total')).toBe(4)
    expect(await valueOf(test, 'learn_unclassified_rate')).toBe(1)
    expect(await valueOf(test, 'learn_observation_events_total{action_class="unclassified"}')).toBe(4)

    // a file stands where the captures were: sessions can neither begin nor go on
    renameSync(captures, `${captures}.away`)
    writeFileSync(captures, '')
    for (let i = 0; i < 101; i++) await through(test, `${url}/b`, 'late')
    await until(test, 'capture_dropped_total', 101)
    expect(await valueOf(test, 'learn_capture_dropped_total')).toBe(101)
    rmSync(captures)
    renameSync(`${captures}.away`, captures)
    await through(test, `${url}/c`, 'late')
    await until(test, 'learn_capture_records_total', 5)
  } finally {
    await test.close()
    await origin.close()
  }
  const meta = join(captures, 'capture-meta')
  const lines = readdirSync(meta).flatMap((name) =>
    name.endsWith('.jsonl') ? readFileSync(join(meta, name), 'utf8') : [],
  )
  expect(lines.join('')).toContain('"count":101')
  rmSync(folder, {recursive: true})
})
