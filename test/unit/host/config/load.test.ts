// Settings that are valid but probably a mistake: reported at load, by check and in the banner.
import {expect, test} from 'vitest'
import {loadSource} from '../../../../src/host/config/load.js'

const warnings = async (text: string): Promise<readonly string[]> => {
  const {warnings: notes} = await loadSource({kind: 'text', text, directory: '.'})
  return notes.map(({field, message}) => `${field}: ${message}`)
}

test('warns about blocklist entries that cover whole zones', async () => {
  expect(await warnings('fetch_proxy: {monitoring: {blocklist: [a.example, "*.zip", "*"]}}\n')).toEqual([
    'fetch_proxy.monitoring.blocklist[1]: *.zip refuses very many hosts',
    'fetch_proxy.monitoring.blocklist[2]: * refuses very many hosts',
  ])
})

test('warns that nothing is blocked', async () => {
  expect(await warnings('enforce: false\n')).toEqual(['enforce: findings are reported, not blocked'])
})
