// Plugins from outside for tests: the built example, and small ones written as text.
import {chmodSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {readPluginFolder} from '../../src/host/outside/folder.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface BuiltPlugin {
  readonly folder: string
  readonly sha256: string
}

/** A folder with these files, private to this user. */
export function writePlugin(
  files: Readonly<Record<string, string>>,
  at = mkdtempSync(join(tmpdir(), 'plugin-')),
): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), {recursive: true, mode: 0o755})
    writeFileSync(join(at, path), text)
    chmodSync(join(at, path), 0o644)
  }
  return at
}

/** A plugin of one file, with the name `probe` and the given members. */
export function probePlugin(members: string): BuiltPlugin {
  const folder = writePlugin({'index.mjs': `export default {apiVersion: 1, name: 'probe', ${members}}\n`})
  return {folder, sha256: readPluginFolder(folder).digest}
}

/** Compiles examples/plugin with its types, as its README says. Returns the diagnostics as text, and the folder. */
export function buildExample(): BuiltPlugin & {readonly diagnostics: string} {
  const folder = mkdtempSync(join(tmpdir(), 'example-'))
  const config = ts.readConfigFile(join(root, 'examples/plugin/tsconfig.json'), (path) => ts.sys.readFile(path))
  const parsed = ts.parseJsonConfigFileContent(config.config, ts.sys, join(root, 'examples/plugin'))
  const options: ts.CompilerOptions = {
    ...parsed.options,
    outDir: folder,
    rootDir: root,
    // the declarations that the package ships are made of this file
    paths: {'pipelock/plugin': [join(root, 'src/core/plugin-api.ts')]},
  }
  const program = ts.createProgram(parsed.fileNames, options)
  const [source] = parsed.fileNames.map((name) => program.getSourceFile(name))
  const diagnostics = [...ts.getPreEmitDiagnostics(program, source)]
  let text = ''
  program.emit(source, (_path, written) => void (text = written))
  writePlugin({'index.mjs': text}, folder)
  return {
    folder,
    sha256: readPluginFolder(folder).digest,
    diagnostics: diagnostics.map(({messageText}) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n'),
  }
}
