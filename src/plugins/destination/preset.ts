// The hosts of the allowlist in each preset.
import type {Preset} from '../../core/preset.js'

const ALLOWLIST = [
  '*.anthropic.com',
  '*.openai.com',
  'api.telegram.org',
  '*.discord.com',
  'gateway.discord.gg',
  '*.slack.com',
  'github.com',
  '*.github.com',
  '*.githubusercontent.com',
]

export const preset: Preset = {
  lines(name, {registry}) {
    const nested = [
      '# internal addresses as values of requests, for helpers that would fetch them; metadata services are always blocked',
      'nested_targets:',
      `  action: ${name === 'strict' ? 'block' : 'warn'}`,
      '',
    ]
    if (name === 'audit') return ['api_allowlist: []', '', ...nested]
    return [
      '# strict: the only hosts. Otherwise: hosts that the blocklist does not apply to.',
      'api_allowlist:',
      ...ALLOWLIST.map((host) => `  - "${host}"`),
      ...(registry ? [`  - "${registry.host}"  # ${registry.origin}`] : []),
      '',
      ...nested,
    ]
  },
}
