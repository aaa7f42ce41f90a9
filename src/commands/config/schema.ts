// pipelock config schema: prints the configuration as JSON Schema, for editors.
import {PipelockCommand} from '../../cli/base.js'

export default class ConfigSchema extends PipelockCommand {
  static override summary = 'Print the JSON Schema of the configuration'
  static override examples = ['<%= config.bin %> config schema > pipelock.schema.json']

  async run(): Promise<void> {
    await this.parse(ConfigSchema)
    const {configJsonSchema} = await import('../../host/config/json-schema.js')
    const schema = await configJsonSchema()
    this.finish(schema, () => JSON.stringify(schema, null, 2))
  }
}
