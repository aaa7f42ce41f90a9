// Where the API of a configuration is served, for commands. The content is not validated: a file with a mistake elsewhere must
// not keep an operator from stopping a firewall that runs with the previous one.

export interface KillSwitchTools {
  /** Of the parsed content of a file; "" where it names none. */
  adminPlace(content: unknown): {readonly listen: string; readonly token: string}
}

export const killSwitchTools: KillSwitchTools = {
  adminPlace(content) {
    const section = memberOf(content, 'kill_switch')
    return {listen: textOf(section, 'api_listen'), token: textOf(section, 'api_token')}
  },
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function textOf(value: unknown, name: string): string {
  const text = memberOf(value, name)
  return typeof text === 'string' ? text : ''
}
