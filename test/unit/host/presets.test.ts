// The presets, composed of what each plugin declares, against their files in goldens/presets byte for byte.
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {parse} from 'yaml'
import {PRESETS} from '../../../src/core/preset.js'
import {loadPlugin, pluginNames} from '../../../src/host/config/load.js'
import {agentConfig, presetText} from '../../../src/host/presets.js'

const golden = (name: string): string =>
  readFileSync(new URL(`../../../goldens/presets/${name}.yaml`, import.meta.url), 'utf8')

const places = {
  agent: 'coder',
  roster: '/r/roster.json',
  pin: `sha256:${'a'.repeat(64)}`,
  captures: '/c',
  store: '/s',
}
const registry = {host: 'npm.example', origin: 'from npmrc'}

test.each(PRESETS)('preset %s: its file has the bytes of its golden', async (name) => {
  expect(await presetText(name)).toBe(golden(name))
})

test('the file of a learning agent, with registry and key: it has the bytes of its golden', async () => {
  expect(await agentConfig('balanced', {...places, registry, receiptKey: '/k/key'})).toBe(golden('agent'))
})

test('a preset of a plugin: it sets only the sections of that plugin', async () => {
  const facts = {registry, receiptKey: '/k/key'}
  for (const name of pluginNames()) {
    const plugin = await loadPlugin(name)
    const preset = await plugin.preset?.()
    const texts = [...PRESETS.map((each) => preset?.lines?.(each, facts)), preset?.agentLines?.(places)]
    for (const lines of texts) {
      const sections = Object.keys((parse((lines ?? []).join('\n')) ?? {}) as object)
      expect([name, ...sections.filter((section) => !plugin.sections.includes(section))]).toEqual([name])
    }
  }
})
