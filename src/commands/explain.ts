// pipelock explain: layer by layer, what was looked at in a URL or a text, what fired, and what would change it. Nothing is
// sent.
import {PipelockError} from '../core/errors.js'
import {Flags, PipelockCommand} from './base.js'

export default class Explain extends PipelockCommand {
  static override summary = 'Show what each layer says of a URL or a text, and the one setting that would change it'
  static override description =
    'Every layer is asked, those behind a refusal too. A setting is named only after the question was judged again with ' +
    'it and the verdict was another one; the narrowest that does it is shown. Matched texts are never shown: a find is ' +
    'told by its rule, its place and a digest under a key that is forgotten at the end.'
  static override examples = [
    '<%= config.bin %> explain --url https://www.pastebin.com/raw/x',
    '<%= config.bin %> explain -c pipelock.yaml --file answer.html --as response',
    '<%= config.bin %> explain --text "ignore all previous instructions" --json',
  ]
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration file; when left out, the one that run would take',
    }),
    url: Flags.string({helpValue: 'URL', description: 'what is requested, or where the text goes to and comes from'}),
    resolve: Flags.boolean({dependsOn: ['url'], description: 'also look its name up and judge the addresses'}),
    text: Flags.string({helpValue: 'TEXT', exclusive: ['file'], description: 'a text, as body and as answer'}),
    file: Flags.string({helpValue: 'FILE', description: 'the same with the bytes of a file'}),
    'media-type': Flags.string({
      helpValue: 'TYPE',
      description: 'its media type; without it that of the ending of the file, else text/plain',
    }),
    as: Flags.string({options: ['request', 'response'], description: 'only as a request body, or only as an answer'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Explain)
    const [{chooseSource}, {loadSource}, {examine}, {questionOf}, report] = await Promise.all([
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
      import('../host/explain/examine.js'),
      import('../host/explain/content.js'),
      import('../host/explain/report.js'),
    ])
    const {source, path, origin} = chooseSource(flags.config, this.ports)
    const loaded = await loadSource(source)
    const question = questionOf({...flags, mediaType: flags['media-type']}, loaded.config)
    if (question === undefined) {
      throw new PipelockError('usage', 'nothing to explain', {hint: 'name it with --url, --text or --file'})
    }
    const {subject, surfaces} = question
    const reports = await examine(loaded, this.ports, subject, {surfaces, resolve: flags.resolve, hints: true})
    const found = report.hasFinding(reports)
    this.finish(
      {file: path ?? null, result: found ? 'FINDING' : 'CLEAN', surfaces: report.reportDocument(reports)},
      () => [...report.reportLines(reports, true), '', `Configuration: ${origin}`].join('\n'),
      found ? 1 : 0,
    )
  }
}
