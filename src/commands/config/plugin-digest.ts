// pipelock config plugin-digest: prints the digest of a plugin's files, for its entry in the configuration.
import {PipelockError} from '../../core/errors.js'
import {Args, PipelockCommand} from '../../cli/base.js'
import {commandLine} from '../../lib/shell-words.js'

export default class ConfigPluginDigest extends PipelockCommand {
  static override summary = 'Print the digest of a plugin for its entry in the configuration'
  static override description =
    'The digest covers all files of the folder. Review them first: a plugin runs with the rights of the firewall. ' +
    'A folder with a symbolic link, or with a file that others can change, is refused.'
  static override examples = ['<%= config.bin %> config plugin-digest ./deny-list']
  static override args = {
    path: Args.string({required: true, description: 'folder of the plugin'}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(ConfigPluginDigest)
    const {FolderFault, readPluginFolder} = await import('../../host/outside/folder.js')
    try {
      const {digest, files} = readPluginFolder(args.path)
      this.finish({path: args.path, sha256: digest, files: files.length}, () => digest)
      this.next(commandLine('check', ['--config', 'pipelock.yaml']))
    } catch (error) {
      if (!(error instanceof FolderFault)) throw error
      throw new PipelockError('usage', error.message, {hint: 'name the folder with the entry file of the plugin'})
    }
  }
}
