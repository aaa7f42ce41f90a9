// Cuts the target of a /fetch request out of the raw query. Pure: a form decoder would turn `+` into a space and lose
// everything behind a raw `&`, and a scanner would then judge another URL than the fetched one.

export interface FetchQuery {
  /** undefined when there is no `url` member. */
  readonly target: string | undefined
  readonly agent: string | undefined
}

const CONTROLS = /[\u0000-\u001f\u007f]/g

export function readFetchQuery(requestTarget: string): FetchQuery {
  const mark = requestTarget.indexOf('?')
  const query = mark < 0 ? '' : requestTarget.slice(mark + 1)
  let at = 0
  let urlAt: number | undefined
  let url: string | undefined
  let agentBefore: string | undefined
  let agentAfter: string | undefined
  let rawAmpersand = false
  for (const member of query.split('&')) {
    const equals = member.indexOf('=')
    const name = equals < 0 ? member : member.slice(0, equals)
    const value = equals < 0 ? '' : member.slice(equals + 1)
    if (name === 'url' && equals >= 0 && url === undefined) {
      url = value
      urlAt = at + 4
    } else if (name === 'agent') {
      if (url === undefined) agentBefore ??= value
      else agentAfter ??= value
    } else if (member !== '') rawAmpersand = true
    at += member.length + 1
  }
  if (url === undefined || urlAt === undefined) return {target: undefined, agent: undefined}
  // unknown members show that the target itself held a raw `&`: all of it then belongs to the target
  const target = decode(rawAmpersand ? query.slice(urlAt) : url).replace(CONTROLS, '')
  const agent = agentBefore ?? (rawAmpersand ? undefined : agentAfter)
  return {target: target === '' ? undefined : target, agent: agent === undefined ? undefined : decode(agent)}
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
