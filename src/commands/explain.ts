// pipelock explain: shows for each layer what was inspected in a URL or a text, what matched, and what would change the
// verdict; or the same for a recorded decision, by its id. Nothing is sent.
import {PipelockError} from '../core/errors.js'
import type {LoadedConfig} from '../host/config/load.js'
import {markdownText} from '../lib/markdown-text.js'
import {Args, Flags, PipelockCommand} from '../cli/base.js'

export default class Explain extends PipelockCommand {
  static override summary =
    'Show the findings of each layer on a URL or a text, and the one setting that would change them'
  static override description =
    'Every layer runs, those behind a refusal too. A setting is named only after the question was judged again with ' +
    'it and the verdict changed; the narrowest such setting is shown. Matched texts are never shown: a match is ' +
    'reported by its rule, its place and a digest under a key that is discarded at the end.'
  static override args = {
    id: Args.string({description: 'id of a recorded decision: req-17-3f9a2c, req-17 or an action_id'}),
  }
  static override examples = [
    '<%= config.bin %> explain req-17-3f9a2c',
    '<%= config.bin %> explain --url https://www.pastebin.com/raw/x',
    '<%= config.bin %> explain -c pipelock.yaml --file page.html --as response',
    '<%= config.bin %> explain --text "ignore all previous instructions" --json',
  ]
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'configuration file; default: the one that run would use',
    }),
    url: Flags.string({helpValue: 'URL', description: 'requested URL, or destination and source of the text'}),
    resolve: Flags.boolean({dependsOn: ['url'], description: 'also look its name up and judge the addresses'}),
    text: Flags.string({
      helpValue: 'TEXT',
      exclusive: ['file'],
      description: 'a text, as request and as response body',
    }),
    file: Flags.string({helpValue: 'FILE', description: 'the same with the bytes of a file'}),
    'media-type': Flags.string({
      helpValue: 'TYPE',
      description: 'its media type; without it that of the ending of the file, else text/plain',
    }),
    evidence: Flags.string({
      helpValue: 'DIR',
      description: 'find the id in the evidence of DIR; default: flight_recorder.dir of the configuration',
    }),
    as: Flags.string({
      options: ['request', 'response'],
      description: 'only as a request body, or only as a response body',
    }),
  }

  async run(): Promise<void> {
    const {flags, args} = await this.parse(Explain)
    const [{chooseSource}, {loadSource}, {examine}, {questionOf}, report] = await Promise.all([
      import('../host/choose-source.js'),
      import('../host/config/load.js'),
      import('../cli/explain/examine.js'),
      import('../cli/explain/content.js'),
      import('../cli/explain/report.js'),
    ])
    const {source, path, origin} = chooseSource(flags.config, this.ports)
    const loaded = await loadSource(source, {home: this.ports.home})
    if (args.id !== undefined) return this.#decided(args.id, loaded, flags)
    if (flags.evidence !== undefined) {
      throw new PipelockError('usage', '--evidence requires the id of a decision', {
        hint: 'as in: explain req-17-3f9a2c',
      })
    }
    const question = await questionOf({...flags, mediaType: flags['media-type']}, loaded.config)
    if (question === undefined) {
      throw new PipelockError('usage', 'nothing to explain', {hint: 'name it with --url, --text or --file'})
    }
    const {subject, surfaces} = question
    const reports = await examine(loaded, this.ports, subject, {surfaces, resolve: flags.resolve, hints: true})
    const hasFinding = report.hasFinding(reports)
    await this.finishMarkdown(
      {file: path ?? null, result: hasFinding ? 'FINDING' : 'CLEAN', surfaces: report.reportDocument(reports)},
      `${report.reportMarkdown(reports)}\n\n${markdownText(`Configuration: ${origin}`)}\n`,
      hasFinding ? 1 : 0,
      [...report.reportLines(reports, true), '', `Configuration: ${origin}`].join('\n'),
    )
  }

  /** Explains a recorded decision; its URL is judged again as far as the evidence holds it. */
  async #decided(
    text: string,
    loaded: LoadedConfig,
    flags: {
      readonly evidence: string | undefined
      readonly url: string | undefined
      readonly text: string | undefined
      readonly file: string | undefined
    },
  ): Promise<void> {
    if (flags.url !== undefined || flags.text !== undefined || flags.file !== undefined) {
      throw new PipelockError('usage', 'an id allows no other subject: it names the judged URL')
    }
    const [recorded, shown, {examine}, report, {loadExplanations}] = await Promise.all([
      import('../cli/explain/recorded.js'),
      import('../cli/explain/recorded-report.js'),
      import('../cli/explain/examine.js'),
      import('../cli/explain/report.js'),
      import('../cli/explain/explanations.js'),
    ])
    const id = recorded.parseDecisionId(text)
    const directory = flags.evidence ?? (await this.published('recorder', loaded)).directory
    if (directory === '') {
      throw new PipelockError('usage', 'this configuration records no evidence', {
        hint: 'name its directory with --evidence',
      })
    }
    const decisions = recorded.findDecision(directory, id)
    const last = shown.decisive(decisions)
    const explanations = await loadExplanations(loaded)
    const setting = last && shown.settingOf(last, explanations)
    const subject = last && setting === undefined ? recorded.subjectOf(last) : undefined
    const reports =
      subject === undefined
        ? []
        : await examine(loaded, this.ports, subject, {surfaces: ['url'], resolve: false, hints: true})
    const note = last && shown.absenceNote(last, reports, loaded)
    const again = 'Judged again, under the configuration of now:'
    await this.finishMarkdown(
      {
        decisions,
        ...(last && {setting}),
        now: report.reportDocument(reports),
        ...(note !== undefined && {note}),
      },
      [
        shown.recordedMarkdown(decisions, explanations),
        ...(reports.length === 0 ? [] : [markdownText(again), report.reportMarkdown(reports)]),
        ...(note === undefined ? [] : [markdownText(note)]),
      ].join('\n\n'),
      last?.verdict === 'block' ? 1 : 0,
      [
        ...shown.recordedLines(decisions, explanations),
        ...(reports.length === 0 ? [] : ['', again, ...report.reportLines(reports, true)]),
        ...(note === undefined ? [] : ['', note]),
      ].join('\n'),
    )
  }
}
