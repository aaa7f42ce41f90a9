// version: prints the version and the build.
import {PipelockCommand} from '../cli/base.js'

export default class Version extends PipelockCommand {
  static override summary = 'Print the version'
  static override examples = ['<%= config.bin %> version --json']

  async run(): Promise<void> {
    await this.parse(Version)
    const {version, sha, runtime} = this.ports.build
    const commit = sha === '' ? '' : ` (${sha.slice(0, 12)})`
    this.finish({version, build_sha: sha, runtime}, () => `pipelock ${version}${commit}, ${runtime}`)
  }
}
