// Ordinary traffic out of the documents of this repository: its guides, sources, settings, history and built scripts, as an
// agent that works on it would send and receive them. Left out are places that quote attacks or hold sample credentials on
// purpose, since those must be found: tests, goldens, the rules of the scanners, this bench.
import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {rolldown} from 'rolldown'
import {headOf, item} from './item.mjs'

const ROOT = join(import.meta.dirname, '../..')
const QUOTES_ATTACKS =
  /^(?:test|goldens|bench\/detection)\/|plugins\/(?:dlp|injection|redaction|response-scanning|request-scanning|cross-request|destination)\/|docs\/reference\//

const git = (...args) => execFileSync('git', args, {cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28})

export async function documents() {
  return [...guides(), ...sources(), ...changes(), ...packages(), ...(await scripts())]
}

const tracked = () =>
  git('ls-files')
    .split('\n')
    .filter((name) => name !== '' && !QUOTES_ATTACKS.test(name))

function guides() {
  return tracked()
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => {
      const sections = readFileSync(join(ROOT, name), 'utf8').split(/^(?=## )/m)
      return sections.map((text, i) =>
        i % 2
          ? item(
              'section of a guide',
              {host: 'docs.example.com', path: `/${name}?section=${i}`, headers: [['accept', 'text/html, */*']]},
              {headers: [['content-type', 'text/markdown; charset=utf-8']], body: headOf(text)},
            )
          : item('guide to a model', {
              method: 'POST',
              host: 'api.assistant.example.com',
              path: '/v1/chat',
              headers: [['content-type', 'application/json']],
              body: JSON.stringify({messages: [{role: 'user', content: `Please summarise this:\n\n${headOf(text)}`}]}),
            }),
      )
    })
}

function sources() {
  return tracked()
    .filter(
      (name) =>
        /^(?:src|scripts|bench|bin)\/.*\.(?:ts|mjs|js)$|^[^/]*\.(?:json|js|ts)$/.test(name) &&
        name !== 'package-lock.json',
    )
    .map((name, i) => {
      const text = headOf(readFileSync(join(ROOT, name), 'utf8'), 6000)
      return i % 2
        ? item(
            'source file',
            {host: 'raw.code.example.com', path: `/project/main/${name}`},
            {headers: [['content-type', 'text/plain; charset=utf-8']], body: text},
          )
        : item('source in a tool call', {
            method: 'POST',
            host: 'tools.example.com',
            path: '/rpc',
            headers: [['content-type', 'application/json']],
            body: JSON.stringify({
              jsonrpc: '2.0',
              id: i,
              method: 'tools/call',
              params: {name: 'write_file', arguments: {path: name, content: text}},
            }),
          })
    })
}

function changes() {
  const ids = git('log', '--no-merges', '--format=%H', '-n', '400').trim().split('\n')
  return ids.flatMap((id, i) => {
    const patch = git(
      'show',
      '--format=%H%nAuthor: A Developer <dev@example.com>%n%n%B',
      id,
      '--',
      'src',
      'scripts',
      'docs',
      'README.md',
    )
    const kept = patch
      .split(/^(?=diff --git )/m)
      .filter((part, n) => n === 0 || !QUOTES_ATTACKS.test(/^diff --git a\/(\S+)/.exec(part)?.[1] ?? ''))
    if (kept.length < 2) return []
    const text = headOf(kept.join(''), 5000)
    return i % 2
      ? [
          item(
            'change of sources',
            {host: 'code.example.com', path: `/project/commit/${id}.patch`},
            {headers: [['content-type', 'text/plain']], body: text},
          ),
        ]
      : [
          item('review of a change', {
            method: 'POST',
            host: 'api.assistant.example.com',
            path: '/v1/review',
            headers: [['content-type', 'application/json']],
            body: JSON.stringify({commit: id, diff: text}),
          }),
        ]
  })
}

function packages() {
  const {packages: all} = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  return Object.entries(all)
    .filter(([name]) => name !== '')
    .map(([place, entry]) => {
      const name = place.replace(/^.*node_modules\//, '')
      const short = name.replace(/^@[^/]*\//, '')
      const tarball = `https://packages.example.com/${name}/-/${short}-${entry.version}.tgz`
      return item(
        'package metadata',
        {host: 'packages.example.com', path: `/${name.replace('/', '%2f')}`, headers: [['accept', 'application/json']]},
        {
          headers: [
            ['content-type', 'application/json'],
            ['etag', `"${(entry.integrity ?? '').slice(7, 29)}"`],
          ],
          body: JSON.stringify({
            name,
            'dist-tags': {latest: entry.version},
            versions: {
              [entry.version]: {
                name,
                version: entry.version,
                engines: entry.engines,
                dependencies: entry.dependencies,
                bin: entry.bin,
                dist: {integrity: entry.integrity, tarball},
              },
            },
          }),
        },
      )
    })
}

/** Scripts as sites serve them: bundled and minified from this project's own modules. */
async function scripts() {
  const dir = join(ROOT, 'dist/lib')
  const names = readdirSync(dir, {recursive: true}).filter((name) => name.endsWith('.js'))
  const out = []
  for (const name of names) {
    const build = await rolldown({
      input: join(dir, name),
      external: (id) => !id.startsWith('.') && !id.startsWith('/'),
      logLevel: 'silent',
    })
    const {output} = await build.generate({minify: true})
    await build.close()
    for (const {code} of output) {
      if (code === undefined || code.length > 40_000) continue
      out.push(
        item(
          'minified script',
          {host: 'static.example.com', path: `/js/${name.replace(/\//g, '-')}`},
          {headers: [['content-type', 'text/javascript']], body: code},
        ),
      )
    }
  }
  return out
}
