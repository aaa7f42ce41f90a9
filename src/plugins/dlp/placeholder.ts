// Values that stand for a secret and are none: documentation, redactions, references to variables. Every
// form is matched to its end: a reference followed by more characters can carry a secret.

/** Words that documentation writes where a secret stands. */
const WORDS =
  'pass|passwd|password|pwd|passphrase|secret|token|apikey|api[_-]?key|access[_-]?token|client[_-]?secret|change[_-]?(?:me|it|this)|' +
  'example|sample|test|testing|dummy|fake|foo|bar|baz|foobar|placeholder|(?:my|your|some|the)[_-]?(?:pass|passwd|password|pwd|secret|' +
  'token|api[_-]?key)|replace[_-]?(?:me|this)|todo|tbd|undefined|nil|value'

const FORMS = [
  WORDS,
  // of whom: `fredpassword`
  '[a-z]{2,10}[_-]?passw(?:or)?d',
  'x{3,}',
  '\\*{3,}',
  '<[^<>]*>',
  '\\$\\{[^{}]*\\}',
  '\\$\\([^()]*\\)',
  '\\{\\{[^{}]*\\}\\}',
  'REDACTED',
  '\\[REDACTED[^\\]]*\\]',
  'your[_-][a-z_-]*',
  'null',
  'none',
  'true',
  'false',
  'process\\.env\\.[A-Za-z_][A-Za-z0-9_]*',
  'os\\.environ(?:\\[[^\\]]*\\]|\\.get\\([^)]*\\))',
  '(?:os\\.)?getenv\\([^)]*\\)',
]
const PLACEHOLDER = new RegExp(`^(?:${FORMS.join('|')})$`, 'i')
const REFERENCE = /^(?:\$([A-Za-z_][A-Za-z0-9_]*)|%([A-Za-z_][A-Za-z0-9_]*)%)$/

/** `name` is the key in front of the value. */
export function isPlaceholder(value: string, name: string): boolean {
  // the whole value: up to a quote, a separator or white space
  const own = /^["'`]?([^"'`;,\s]*)/.exec(value)?.[1] ?? ''
  // an index in quotes belongs to it
  const withQuotes = value.split(/[;,\s]/, 1)[0] ?? ''
  if ([own, withQuotes, value].some((text) => PLACEHOLDER.test(text) || PLACEHOLDER.test(respelled(text)))) return true
  if (isSequence(own)) return true
  const reference = REFERENCE.exec(own)
  const variable = reference?.[1] ?? reference?.[2]
  if (variable === undefined) return false
  return variable === variable.toUpperCase() || variable.toLowerCase() === name.toLowerCase()
}

const DIGIT_FOR: Readonly<Record<string, string>> = {'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '@': 'a', $: 's'}

/** `secr3t`, `passw0rd`: a word with signs for some of its letters. */
function respelled(value: string): string {
  return /^[a-z]\S{2,16}$/i.test(value) ? value.replace(/[01345@$]/g, (sign) => DIGIT_FOR[sign] ?? sign) : value
}

const LEAST_RUN = 6

/** `abcd_efgh`, `1234567890`: neighbours in the alphabet or digits that follow each other. */
function isSequence(value: string): boolean {
  const signs = value.toLowerCase().replace(/[_-]/g, '')
  if (signs.length < LEAST_RUN || signs.length > 26 || !/^(?:[a-z]+|[0-9]+)$/.test(signs)) return false
  return [...signs].every((_, i) => i === 0 || FOLLOWS.includes(signs.slice(i - 1, i + 1)))
}

const FOLLOWS = 'abcdefghijklmnopqrstuvwxyz 01234567890'
