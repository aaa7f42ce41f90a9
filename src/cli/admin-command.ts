// What the commands that act on a running firewall share: its address, the token, and who acts.
import {userInfo} from 'node:os'
import {PipelockError} from '../core/errors.js'
import {splitListen} from '../core/listen.js'
import {ReadFault, readSecurely} from '../lib/secure-read.js'
import {Flags, PipelockCommand} from './base.js'
import type {AdminEndpoint} from './admin-endpoint.js'

export const adminFlags = {
  'api-url': Flags.string({helpValue: 'URL', description: 'address of the admin API [env PIPELOCK_API_URL]'}),
  'api-token': Flags.string({
    helpValue: 'TOKEN',
    exclusive: ['api-token-file'],
    description: 'its token, which other users see in the list of processes; - reads standard input',
  }),
  'api-token-file': Flags.string({
    helpValue: 'FILE',
    description: 'file with its token [env PIPELOCK_KILLSWITCH_API_TOKEN holds the token]',
  }),
  config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration that names address and token'}),
}

export const turnFlags = {
  ...adminFlags,
  reason: Flags.string({helpValue: 'TEXT', default: '', description: 'why; kept in log and receipt'}),
  operator: Flags.string({helpValue: 'NAME', description: 'who; default: the login name'}),
}

export interface AdminFlagValues {
  readonly 'api-url'?: string | undefined
  readonly 'api-token'?: string | undefined
  readonly 'api-token-file'?: string | undefined
  readonly config?: string | undefined
}

const MAX_TOKEN_BYTES = 4_096

export abstract class AdminCommand extends PipelockCommand {
  protected async endpoint(flags: AdminFlagValues): Promise<AdminEndpoint> {
    const [{adminEndpoint}, {chooseSource}, {treeOfSource}] = await Promise.all([
      import('./admin-endpoint.js'),
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
    ])
    const {source, path} = chooseSource(flags.config, this.ports)
    const chosen = {url: flags['api-url'], token: await this.#token(flags)}
    if (path === undefined) return adminEndpoint(chosen, undefined, this.ports)
    const [killSwitch, proxy] = await Promise.all([this.tools('kill-switch'), this.tools('proxy')])
    const content = (await treeOfSource(source)).value
    const {listen, token} = killSwitch.adminPlace(content)
    const config = {path, token, listen: splitListen(listen) ?? proxy.mainListener(content)}
    return adminEndpoint(chosen, config, this.ports)
  }

  async #token(flags: AdminFlagValues): Promise<string | undefined> {
    const {'api-token': given, 'api-token-file': file} = flags
    if (file !== undefined) return tokenOf(file)
    if (given !== '-') {
      if (given !== undefined)
        this.progress('WARNING: --api-token shows the token in the list of processes: use --api-token-file')
      return given
    }
    let text = ''
    for await (const part of process.stdin) {
      text += String(part)
      if (text.length > MAX_TOKEN_BYTES) break
    }
    return text.trim()
  }

  protected operator(given: string | undefined): string {
    if (given !== undefined) return given
    try {
      return userInfo().username
    } catch {
      return ''
    }
  }
}

function tokenOf(file: string): string {
  try {
    return readSecurely(file, {maxBytes: MAX_TOKEN_BYTES, followLinks: true, forbiddenMode: 0o077})
      .toString('utf8')
      .trim()
  } catch (error) {
    if (error instanceof ReadFault) throw new PipelockError('usage', `--api-token-file: ${error.message}`)
    throw error
  }
}
