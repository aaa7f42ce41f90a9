// Segments of paths that name a person or open a door: mail addresses, telephone numbers, tokens. On a public host they stand in
// the contract as they were requested; in what is meant to be shared they stand as digests.

const MAIL = /[^\s@/]@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/i
/** With a country code, or in groups; a date has eight digits at most, and an address of IPv4 has dots. */
const TELEPHONE = /^(?:\+\d(?:[ ().-]*\d){6,14}|\(?\d{2,5}\)?(?:[ -]+\d{2,6}){2,5})$/
const DIGITS = 9
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX = /^[0-9a-f]{16,}$/i
/** Names are words with a few numbers; a token turns from letters to digits and back all the time. */
const TOKEN_LENGTH = 20
const TOKEN_TURNS = 6

function isPersonal(written: string): boolean {
  const segment = written.replace(/%(40|2b)/gi, (_, code: string) => (code === '40' ? '@' : '+'))
  if (MAIL.test(segment) || UUID.test(segment)) return true
  if (HEX.test(segment) && /\d/.test(segment)) return true
  if (TELEPHONE.test(segment)) return segment.replace(/\D/g, '').length >= DIGITS
  const letters = segment.replace(/[._~-]/g, '')
  return /^[A-Za-z0-9]+$/.test(letters) && letters.length >= TOKEN_LENGTH && turns(letters) >= TOKEN_TURNS
}

function turns(text: string): number {
  return text.match(/\d(?=[A-Za-z])|[A-Za-z](?=\d)/g)?.length ?? 0
}

/** A path with what is personal in it hidden; the same text where nothing is. */
export function withoutPersonal(path: string, hide: (value: string) => string): string {
  if (!/[@%\d]/.test(path)) return path
  return path
    .split('/')
    .map((segment) => (isPersonal(segment) ? hide(segment) : segment))
    .join('/')
}
