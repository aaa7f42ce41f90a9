// pipelock generate config: writes a preset as a commented file.
import {resolve} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {commandLine} from '../../lib/shell-words.js'

export default class GenerateConfig extends PipelockCommand {
  static override summary = 'Write a configuration file from a preset'
  static override examples = ['<%= config.bin %> generate config --preset strict -o pipelock.yaml']
  static override flags = {
    preset: Flags.option({
      options: ['balanced', 'strict', 'audit'] as const,
      default: 'balanced',
      description: 'preset to write',
    })(),
    out: Flags.string({
      aliases: ['output'],
      char: 'o',
      helpValue: 'FILE',
      description: 'file to write; default: standard output',
    }),
    force: Flags.boolean({description: 'replace an existing file'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(GenerateConfig)
    const [{presetText}, {npmRegistryHost}] = await Promise.all([
      import('../../host/presets.js'),
      import('../../host/npm-registry.js'),
    ])
    const text = await presetText(flags.preset, flags.preset === 'audit' ? undefined : await npmRegistryHost())
    if (flags.out === undefined) {
      this.finish({preset: flags.preset, text}, () => text)
      return
    }
    const path = resolve(flags.out)
    const {writeFileAtomic} = await import('../../lib/atomic-file.js')
    try {
      writeFileAtomic(path, text, {mode: 0o644, exclusive: !flags.force})
    } catch (error) {
      if (isErrno(error, 'EEXIST'))
        throw new PipelockError('file_exists', `${flags.out} exists`, {hint: '--force replaces it'})
      throw error
    }
    this.finish({preset: flags.preset, path}, () => `wrote ${flags.out}`)
    this.next(commandLine('check', ['--config', flags.out]))
  }
}
