// Settings of credential rules in URLs, for `explain`: one host before all.
import {NONE, set, type Explanation, type Facts, type Proposals} from '../../core/explanation.js'
import type {DlpConfig} from './config.js'
import {builtInPattern} from './rules.js'

export const explanation: Explanation<DlpConfig> = {
  remedies: {dlp: {loosen: exempted}},
  fixed: ({rule}) =>
    rule === 'Known Secret Leak'
      ? 'take the line out of dlp.secrets_file if the value is no longer a secret'
      : undefined,
}

function exempted({config: {dlp, canary_tokens}, finding, target}: Facts<DlpConfig>): Proposals {
  const {rule = ''} = finding
  // a host name that holds the credential will be another one tomorrow
  if (target === undefined || finding.inHost === true) return NONE
  const own = dlp.patterns.find(({name}) => name === rule)
  const says = `exempt "${target.host}" from the pattern ${JSON.stringify(rule)}`
  if (own !== undefined) {
    const exempt = {...own, exempt_domains: [...own.exempt_domains, target.host]}
    return [
      set(
        'dlp.patterns',
        dlp.patterns.map((one) => patternValue(one === own ? exempt : one)),
        says,
      ),
    ]
  }
  const known = builtInPattern(rule)
  if (known !== undefined) {
    const entry = {name: rule, regex: known.regex, severity: known.severity, exempt_domains: [target.host]}
    return [set('dlp.patterns', [...dlp.patterns.map(patternValue), entry], says)]
  }
  const canary = canary_tokens.tokens.find(({name}) => rule === `Canary Token (${name})`)
  if (canary !== undefined) {
    const rest = canary_tokens.tokens.filter((one) => one !== canary).map(({name, value}) => ({name, value}))
    return [{...set('canary_tokens.tokens', rest, `remove the token ${JSON.stringify(canary.name)}`), hidden: true}]
  }
  if (rule === 'Environment Variable Leak') {
    const caution = 'then no value of the environment is detected; better start the firewall without the variable'
    return [set('dlp.scan_env', false, 'set dlp.scan_env to false', caution)]
  }
  return NONE
}

function patternValue({
  name,
  regex,
  severity,
  validator,
  exempt_domains,
  action,
}: DlpConfig['dlp']['patterns'][number]) {
  return {
    name,
    regex,
    severity,
    exempt_domains,
    ...(validator !== undefined && {validator}),
    ...(action !== undefined && {action}),
  }
}
