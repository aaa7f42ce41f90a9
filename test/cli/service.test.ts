// The systemd unit of docs/service.md, read by systemd itself.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'

const unit = fileURLToPath(new URL('../../examples/systemd/pipelock.service', import.meta.url))
const installed = spawnSync('systemd-analyze', ['--version']).status === 0
if (!installed) console.warn('systemd-analyze is not installed: the systemd unit is not verified')

test.skipIf(!installed)('systemd unit, with the runtime of this machine, is accepted without a warning', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unit-'))
  try {
    const path = join(folder, 'pipelock.service')
    writeFileSync(path, readFileSync(unit, 'utf8').replace('/usr/bin/node', process.execPath))
    const {status, stderr} = spawnSync('systemd-analyze', ['verify', path], {encoding: 'utf8'})
    expect([status, stderr]).toEqual([0, ''])
    writeFileSync(path, readFileSync(path, 'utf8').replace('KillSignal=', 'KilSignal='))
    expect(spawnSync('systemd-analyze', ['verify', path], {encoding: 'utf8'}).stderr).toContain('KilSignal')
  } finally {
    rmSync(folder, {recursive: true})
  }
})
