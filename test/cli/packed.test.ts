// What `npm pack` puts into a package compiles as a clone does: the same digests of modules, which are those of the lock
// file.
import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {captureLines} from '../support/captures.js'
import {Log, testKey} from '../support/evidence.js'

const project = fileURLToPath(new URL('../..', import.meta.url))

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'packed-'))
})
afterAll(() => rmSync(root, {recursive: true}))

interface Lock {
  readonly packages: Readonly<Record<string, {version: string; integrity?: string; dev?: boolean}>>
}

function manifestOf(product: string): Readonly<Record<string, unknown>> {
  const words = ['learn', 'compile', '--agent', 'coder', '--deterministic', '--input', join(root, 'c.jsonl')]
  const line = [join(product, 'bin/run.js'), ...words, '--output', join(root, 'c.yaml'), '--home', join(root, 'home')]
  execFileSync(process.execPath, line, {cwd: root, stdio: 'pipe'})
  return (JSON.parse(readFileSync(join(root, 'c.manifest.json'), 'utf8')) as {body: Record<string, unknown>}).body
}

/** The verifier that stands in the page is made by the build, and has to be in the archive. */
function reportOf(product: string): string {
  const key = testKey('one')
  writeFileSync(join(root, 'evidence-proxy-0.jsonl'), new Log(key).receipt().text)
  const words = ['report', '--evidence', join(root, 'evidence-proxy-0.jsonl'), '--key', key.public.hex]
  const line = [join(product, 'bin/run.js'), ...words, '--html', join(root, 'page.html')]
  return execFileSync(process.execPath, line, {cwd: root, stdio: 'pipe', encoding: 'utf8'})
}

test('the build has the types of pipelock/plugin: the example compiles against them', () => {
  const {config: json} = ts.readConfigFile(join(project, 'examples/plugin/tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  )
  const {fileNames, options} = ts.parseJsonConfigFileContent(json, ts.sys, join(project, 'examples/plugin'))
  const program = ts.createProgram(fileNames, {...options, noEmit: true})
  const messages = ts
    .getPreEmitDiagnostics(program)
    .map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'))
  expect(messages).toEqual([])
  const used = program.getSourceFiles().map(({fileName}) => fileName)
  expect(used).toContain(join(project, 'dist/types/core/plugin-api.d.ts'))
})

test('a package and a clone name the same modules, those of the lock file', () => {
  writeFileSync(join(root, 'c.jsonl'), captureLines([{}]))
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', root], {
    cwd: project,
    stdio: 'pipe',
    encoding: 'utf8',
  })
  const [{filename} = {filename: ''}] = JSON.parse(packed) as readonly {readonly filename: string}[]
  execFileSync('tar', ['-xzf', join(root, filename), '-C', root])
  symlinkSync(join(project, 'node_modules'), join(root, 'package', 'node_modules'))
  const installed = manifestOf(join(root, 'package'))
  expect(reportOf(join(root, 'package'))).toMatch(/^VERIFIED [^]*\npage: /)
  const own = manifestOf(project)
  expect([installed['module_digests'], installed['module_digest_root']]).toEqual([
    own['module_digests'],
    own['module_digest_root'],
  ])

  const {packages} = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock
  const expected = Object.entries(packages)
    .filter(([place, {dev}]) => place !== '' && dev !== true)
    .map(([place, {version, integrity = ''}]) => [
      `${place.slice(place.lastIndexOf('node_modules/') + 13)}@${version}`,
      `sha256:${createHash('sha256').update(integrity).digest('hex')}`,
    ])
  const named = Object.entries(own['module_digests'] as Record<string, string>)
  expect(named.filter(([name]) => !name.startsWith('pipelock@')).sort()).toEqual(expected.sort())
  expect(expected.length).toBeGreaterThan(50)
  expect(Object.keys(own['module_digests'] as object).some((name) => name.startsWith('vitest@'))).toBe(false)
})
