// The other plugins in the shape in which this one asks them.
import {parseTarget} from '../../core/target.js'
import type {Services} from '../../core/services/index.js'
import type {BodyScanners} from './create.js'
import type {PatternVerdict} from './scan.js'

type Dlp = Pick<Services['dlp'], 'text' | 'textSteps' | 'joinedSteps' | 'scanUrl' | 'isPlaceholder' | 'isAudience'>

export function scannersOf(
  dlp: Dlp,
  injection: Services['injection'],
  {providers}: Pick<Services['redaction'], 'providers'>,
): BodyScanners {
  return {
    text: (input, options) => dlp.text(input, options),
    textSteps: (input, options) => dlp.textSteps(input, options),
    joinedSteps: (parts, options) => dlp.joinedSteps(parts, options),
    injectionSteps: (text) => injection.steps(text, {source: 'request_body'}),
    isPlaceholder: (value, name) => dlp.isPlaceholder(value, name),
    isAudience: (rule, header) => dlp.isAudience(rule, header),
    isProvider: (host) => providers.isProviderHost(host),
    url(text) {
      const {target} = parseTarget(text)
      return target === undefined ? undefined : urlVerdict(dlp.scanUrl(target))
    },
  }
}

function urlVerdict({match: match, warn}: ReturnType<Dlp['scanUrl']>): PatternVerdict {
  return {
    matches: match === undefined ? [] : [{rule: match.rule, severity: match.severity}],
    informational: warn.map(({pattern_name, severity}) => ({rule: pattern_name, severity})),
    exhausted: false,
  }
}
