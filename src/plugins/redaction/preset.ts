// Redaction changes requests, so a preset only shows how to turn it on.
import type {Preset} from '../../core/preset.js'

export const preset: Preset = {
  lines: (name) =>
    name === 'balanced'
      ? [
          '# placeholders in place of credentials in JSON requests; a request that cannot be redacted is then refused',
          'redaction:',
          '  enabled: false',
          '  default_profile: code',
          '  profiles:',
          '    code:',
          '      classes: [aws-access-key, google-api-key, github-token, slack-token, jwt, ssh-private-key]',
          '',
        ]
      : [],
}
