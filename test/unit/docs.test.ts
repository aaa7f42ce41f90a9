// The documentation as a whole: links lead somewhere, quoted commands and flags exist, guides begin with a command, and no
// retired word is left.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const under = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name).replaceAll('\\', '/'))
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...under('docs'), ...under('src/plugins')].sort()
/** Neither generated nor filled in by a measurement. */
const written = pages.filter((path) => !/^docs\/(?:reference\/|learning-quality|detection-quality)/.test(path))
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const withoutCode = (markdown: string): string =>
  markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '``')

/** Anchors of the headings of a page, as GitHub makes them. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function brokenLinks(path: string, markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor] = target.split('#')
    const to = file === '' ? path : relative(root, join(root, dirname(path), file))
    if (!existsSync(join(root, to))) return [`${path}: ${target} does not exist`]
    if (anchor === undefined || !to.endsWith('.md') || anchorsOf(text(to)).has(anchor)) return []
    return [`${path}: ${target} has no such heading`]
  })
}

/** Commands and their flags, from the generated reference, which docs:check holds to the code. */
function commands(): ReadonlyMap<string, ReadonlySet<string>> {
  const sections = text('docs/reference/cli.md').split('\n## ').slice(1)
  return new Map(
    sections.map((section) => {
      const [name = ''] = section.split('\n')
      const flags = [...section.matchAll(/^\| (?:`-\w`, )?`--([a-z-]+)/gm)].map(([, flag = '']) => flag)
      return [name, new Set([...flags, 'home', 'json', 'help'])]
    }),
  )
}

/** Words behind `pipelock` that are no command, and flags that the command does not have. */
function unknownWords(line: string, known: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const words = line.replace(/\s#.*$/, '').split(/\s+/)
  const name = [3, 2, 1].map((count) => words.slice(0, count).join(' ')).find((each) => known.has(each))
  if (name === undefined) {
    const isTopic = [...known.keys()].some((each) => each.startsWith(`${words[0]} `))
    const isAsked = words.includes('--help') || words.includes('--version')
    return isTopic || isAsked ? [] : [`pipelock ${words.slice(0, 2).join(' ')}: no such command`]
  }
  const flags = [...line.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag)
  return flags.filter((flag) => !known.get(name)?.has(flag)).map((flag) => `pipelock ${name}: no flag --${flag}`)
}

/** Lines of code blocks in a shell's language or none, joined where they are continued, and commands in backquotes. */
function quotedCommands(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language = '', body = '']) =>
    ['', 'sh'].includes(language) ? body.replaceAll('\\\n', ' ').split('\n') : [],
  )
  const spans = [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`(pipelock [^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\n', ' '),
  )
  return [...blocks, ...spans].flatMap((line) => {
    const [, command] =
      /^\s*(?:RULE=\$\(|PIPELOCK_HOME=\S+ )?(?:pipelock|node bin\/run\.js) (\S[^|&;)]*)/.exec(line) ?? []
    return command === undefined ? [] : [command.trim()]
  })
}

interface Words {
  retiredWords(glossary: string): readonly {readonly scope: string}[]
  problemsIn(path: string, text: string, retired: readonly {readonly scope: string}[]): readonly string[]
}

describe('documentation', () => {
  test('links, of every page, lead to a file and a heading that exist', () => {
    expect(pages.length).toBeGreaterThan(40)
    expect(pages.flatMap((path) => brokenLinks(path, text(path)))).toEqual([])
    expect(brokenLinks('docs/x.md', '[a](evidence.md#no-such) [b](missing.md) `[c](code.md)`')).toHaveLength(2)
  })

  test('commands and flags, in code of every page, exist in the reference', () => {
    const known = commands()
    const quoted = pages
      .filter((path) => !path.startsWith('docs/reference/'))
      .flatMap((path) => quotedCommands(text(path)).map((line) => ({path, line})))
    expect(quoted.length).toBeGreaterThan(100)
    expect(quoted.flatMap(({path, line}) => unknownWords(line, known).map((problem) => `${path}: ${problem}`))).toEqual(
      [],
    )
    expect(unknownWords('learn compile --agent x --agents y', known)).toEqual([
      'pipelock learn compile: no flag --agents',
    ])
    expect(unknownWords('learned', known)).toEqual(['pipelock learned: no such command'])
  })

  test('a guide begins with code: a command, or the settings that turn its subject on', () => {
    const guides = under('docs').filter(
      (path) =>
        !/^docs\/(?:reference\/|formats\/encoding|glossary|guarantees|architecture|learning-quality)/.test(path),
    )
    expect(guides.filter((path) => !/^# [^\n]+\n\n```/.test(text(path)))).toEqual([])
  })

  test('headings, of every written page, are noun phrases or tasks', () => {
    const clause = /^#{1,4} (?:What|Who|That which|Where|Whose|How|Which|Why)\b/gm
    const wrong = written.flatMap((path) =>
      [
        ...text(path)
          .replace(/^```[\s\S]*?^```$/gm, '')
          .matchAll(clause),
      ].map(([heading]) => `${path}: ${heading}`),
    )
    expect(wrong).toEqual([])
  })

  test('words, of every written page, are not among the retired ones', async () => {
    const script = new URL('../../scripts/words.mjs', import.meta.url).href
    const {retiredWords, problemsIn} = (await import(script)) as Words
    const retired = retiredWords(text('docs/glossary.md'))
    expect(retired.length).toBeGreaterThan(20)
    expect(problemsIn('docs/x.md', 'a member that stands twice', retired)).toHaveLength(1)
    expect(written.flatMap((path) => problemsIn(path, text(path), retired))).toEqual([])
  })
})
