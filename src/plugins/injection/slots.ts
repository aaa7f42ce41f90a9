// Parts that several rules share.

export const CREDENTIAL =
  'password|passwd|token|api key|secret|credential|credentials|private key|ssh key|session cookie|passwords|tokens|' +
  'api keys|secrets|private keys|ssh keys|session cookies'

export const DOWNGRADE =
  '(treat|consider|regard|reinterpret|downgrade) ((the|all) )?(previous|prior|above|earlier|system|policy|original|existing) (W )?' +
  '(text|instruction|instructions|rules|directives|guidelines|safeguards|constraints|controls|checks|context|prompt|policies|guardrails|parameters) ' +
  '((as|to) )?(historical|outdated|deprecated|optional|background|secondary|non-binding|non-authoritative|informational|advisory)'

export const WEB_ADDRESS = '(`https://`|`http://`)'
export const MAIL_ADDRESS = '«134@¦[\\w.+\\-]{1,64}@[\\w\\-]{1,64}\\.\\w»'

/** In upper case one letter is the look-alike of another than in lower case. */
export function inBothCases(phrase: string): string {
  return phrase.replace(/\p{L}*в\p{L}*\*?/gu, (word) => `(${word}|${word.replaceAll('в', 'В')})`)
}
