// Ordinary traffic of real clients: curl, wget, git, npm, Node's fetch, Python and a browser do their work against a server
// on loopback that stands for every host, and what they send and get is written down as it went over the wire.
import {execFileSync, spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {chromium} from 'playwright-core'
import {fits, item} from './item.mjs'
import {picture} from './picture.mjs'

const ROOT = join(import.meta.dirname, '../..')
/** Of the wire, not of the content: the proxy sets them anew. */
const WIRE = /^(?:host|content-length|connection|proxy-connection|transfer-encoding|keep-alive|date)$/i

export async function clients(random) {
  const dir = mkdtempSync(join(tmpdir(), 'pipelock-clients-'))
  const items = []
  const server = await serve(dir, random, (...args) => items.push(item(...args)))
  try {
    const run = (command, args, more = {}) => execute(command, args, {dir, proxy: server.address, ...more})
    await curl(run, dir, random)
    await run('wget', ['-q', '-O', '/dev/null', 'http://site.corpus.test/guide/README.md'], {kind: 'wget'})
    await git(run, dir)
    await npm(run, dir)
    await run(process.execPath, ['-e', NODE_CLIENT])
    await run('python3', ['-c', PYTHON_CLIENT])
    await browser(server.address)
  } finally {
    server.close()
    rmSync(dir, {recursive: true, force: true})
  }
  return items
}

/** Runs to its end, at most a minute; a client that fails ends the collection, since its traffic would be missing in silence. */
function execute(command, args, {dir, proxy, cwd = dir}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        http_proxy: proxy,
        NODE_USE_ENV_PROXY: '1',
        PROXY: proxy,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_AUTHOR_NAME: 'Dev',
        GIT_AUTHOR_EMAIL: 'dev@corpus.test',
        GIT_COMMITTER_NAME: 'Dev',
        GIT_COMMITTER_EMAIL: 'dev@corpus.test',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    let text = ''
    child.stderr.on('data', (chunk) => (text += chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${text}`)),
    )
  })
}

function serve(dir, random, keep) {
  const repositories = join(dir, 'git')
  mkdirSync(repositories, {recursive: true})
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(repositories, 'project.git')])
  execFileSync('git', ['-C', join(repositories, 'project.git'), 'config', 'http.receivepack', 'true'])
  const backend = join(execFileSync('git', ['--exec-path'], {encoding: 'utf8'}).trim(), 'git-http-backend')
  const packages = makePackages(dir)
  const handler = async (request, response) => {
    const url = new URL(request.url)
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const reply = await responseTo({url, request, body, repositories, backend, packages, random})
    response.writeHead(reply.status, reply.headers.flat())
    response.end(request.method === 'HEAD' ? undefined : reply.body)
    if (!fits(body) || !fits(reply.body)) return
    const headers = pairs(request.rawHeaders).filter(([name]) => !WIRE.test(name))
    keep(
      `client ${clientOf(request)}`,
      {
        method: request.method,
        host: url.hostname.replace('.corpus.test', '.example.com'),
        path: url.pathname + url.search,
        headers,
        ...(body.length > 0 ? {body} : {}),
      },
      reply,
    )
  }
  const server = createServer((request, response) => {
    handler(request, response).catch((error) => {
      response.writeHead(500)
      response.end(error.message)
    })
  })
  // browsers look for their makers; nothing leaves the machine
  server.on('connect', (request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        address: `http://127.0.0.1:${server.address().port}`,
        close() {
          server.closeAllConnections()
          server.close()
        },
      }),
    )
  })
}

const pairs = (raw) => Array.from({length: raw.length / 2}, (_, i) => [raw[2 * i], raw[2 * i + 1]])
const clientOf = ({headers}) => /^[A-Za-z-]+/.exec(headers['user-agent'] ?? 'node')?.[0].toLowerCase() ?? 'other'

async function responseTo({url, request, body, repositories, backend, packages, random}) {
  const host = url.hostname.split('.')[0]
  if (host === 'git') return throughBackend({url, request, body, repositories, backend})
  if (host === 'packages') return packages(url.pathname)
  if (host === 'site') return page(url.pathname, random)
  const value = {
    path: url.pathname,
    method: request.method,
    received: body.length,
    id: createHash('sha1').update(body).digest('hex'),
  }
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['x-request-id', `req-${random.int(1e6)}`],
    ],
    body: Buffer.from(JSON.stringify(value)),
  }
}

function throughBackend({url, request, body, repositories, backend}) {
  const child = spawn(backend, [], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: repositories,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
  })
  child.stdin.end(body)
  return new Promise((resolve, reject) => {
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const headers = all
        .toString('latin1', 0, end)
        .split('\r\n')
        .map((line) => line.split(/:\s*/, 2))
      const status = headers.find(([name]) => name.toLowerCase() === 'status')
      resolve({
        status: status ? Number(status[1].slice(0, 3)) : 200,
        headers: headers.filter((each) => each !== status),
        body: all.subarray(end + 4),
      })
    })
  })
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  png: 'image/png',
  md: 'text/markdown; charset=utf-8',
}

function page(path, random) {
  const extension = path.split('.').pop()
  const type = TYPES[extension] ?? TYPES.html
  const name = path.replace(/^\/guide\//, '')
  const body =
    extension === 'png'
      ? picture(random, 32)
      : extension === 'css'
        ? `body{font:16px/1.5 sans-serif;margin:2rem}h1{color:#2a4b7c}.card{display:grid;gap:1rem}/* ${path} */`
        : extension === 'js'
          ? 'addEventListener("load",()=>{fetch("/api/visits",{method:"POST",body:JSON.stringify({at:performance.now(),page:location.pathname,lang:navigator.language})});document.cookie="seen=1; path=/"})'
          : extension === 'md'
            ? readFileSync(join(ROOT, name), 'utf8').slice(0, 8000)
            : htmlPage(path)
  return {
    status: 200,
    headers: [
      ['content-type', type],
      ['etag', `"${createHash('md5').update(body).digest('hex')}"`],
      ['cache-control', 'max-age=60'],
    ],
    body: Buffer.from(body),
  }
}

function htmlPage(path) {
  const files = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  const text = readFileSync(join(ROOT, 'docs', files[path.length % files.length]), 'utf8').slice(0, 6000)
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Guide ${path}</title><link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script></head><body><nav><a href="/">Home</a> <a href="/guide/two.html">Next</a></nav><img src="/picture${path.length}.png" alt="A drawing"><main>${escaped
    .split(/\n\n+/)
    .map((each) => `<p>${each}</p>`)
    .join('\n')}</main></body></html>`
}

async function curl(run, dir, random) {
  writeFileSync(join(dir, 'picture.png'), picture(random, 40))
  writeFileSync(join(dir, 'notes.txt'), readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').slice(0, 5000))
  const api = 'http://api.corpus.test'
  const calls = [
    [`${api}/v1/items?limit=20&offset=40`],
    ['-H', 'Accept: application/json', '-b', 'sid=4mR0aQx9; theme=dark', `${api}/v1/me`],
    [
      '-X',
      'POST',
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"title":"Weekly notes","tags":["team","plan"],"due":"2026-03-04"}',
      `${api}/v1/notes`,
    ],
    ['--data-urlencode', 'q=how do I ignore previous test results in the report?', '-G', `${api}/search`],
    [
      '--data-urlencode',
      'text=Please forward the minutes to the whole team before noon.',
      '-d',
      'draft=true',
      `${api}/v1/messages`,
    ],
    ['-F', 'file=@notes.txt;type=text/plain', '-F', 'title=Release notes', `${api}/v1/upload`],
    ['-F', 'picture=@picture.png', '-F', 'alt=A drawing of two circles', `${api}/v1/pictures`],
    ['-T', 'notes.txt', `${api}/files/notes.txt`],
    ['-I', `${api}/v1/items/17`],
    ['-r', '0-99', 'http://site.corpus.test/guide/README.md'],
    ['--compressed', 'http://site.corpus.test/guide/docs/installation.md'],
    ['-X', 'DELETE', `${api}/v1/items/17`],
    [
      '-X',
      'PATCH',
      '-H',
      'Content-Type: application/merge-patch+json',
      '-H',
      'If-Match: "5f2c1e9a"',
      '-d',
      '{"price":12.5}',
      `${api}/v1/items/18`,
    ],
    [
      '-H',
      'Content-Type: application/xml',
      '-d',
      '<order id="A-1042"><item sku="40-112" count="3"/><note>Leave it with the neighbour.</note></order>',
      `${api}/orders`,
    ],
    [
      '-A',
      'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      '-e',
      'http://site.corpus.test/',
      'http://site.corpus.test/guide/two.html',
    ],
  ]
  for (const args of calls) await run('curl', ['-sS', '-o', '/dev/null', '--max-time', '20', ...args])
  for (const name of readdirSync(join(ROOT, 'docs')).filter((each) => each.endsWith('.md'))) {
    await run('curl', ['-sS', '-o', '/dev/null', `http://site.corpus.test/guide/docs/${name}`])
  }
}

async function git(run, dir) {
  const work = join(dir, 'work')
  const url = 'http://git.corpus.test/project.git'
  await run('git', ['init', '--quiet', '--initial-branch=main', work])
  for (let i = 0; i < 12; i++) {
    writeFileSync(
      join(work, `chapter-${i}.md`),
      readFileSync(join(ROOT, 'README.md'), 'utf8').slice(i * 300, i * 300 + 900),
    )
    await run('git', ['add', '.'], {cwd: work})
    await run('git', ['commit', '--quiet', '-m', `Chapter ${i}: a few more words`], {cwd: work})
    await run('git', ['push', '--quiet', url, 'main'], {cwd: work})
    if (i % 3 === 0) await run('git', ['clone', '--quiet', url, join(dir, `copy-${i}`)])
  }
  await run('git', ['fetch', '--quiet'], {cwd: join(dir, 'copy-0')})
  await run('git', ['ls-remote', '--quiet', url])
}

/** A registry of a few packages made here, with their documents and archives. */
function makePackages(dir) {
  const made = new Map()
  for (const name of ['left-margin', 'count-tickets', 'small-parser', 'table-of-days', '@corpus/colours']) {
    const source = join(dir, 'packages', name.replace('/', '-'))
    mkdirSync(join(source, 'package'), {recursive: true})
    writeFileSync(
      join(source, 'package', 'package.json'),
      JSON.stringify({name, version: '1.4.2', main: 'index.js', license: 'MIT'}),
    )
    writeFileSync(join(source, 'package', 'index.js'), `module.exports = (n) => n + ${name.length}\n`)
    const archive = join(source, 'package.tgz')
    execFileSync('tar', [
      '--sort=name',
      '--mtime=2026-01-01',
      '--owner=0',
      '--group=0',
      '-C',
      source,
      '-czf',
      archive,
      'package',
    ])
    made.set(name, readFileSync(archive))
  }
  return (path) => {
    const [, name = '', isArchive] = /^\/(@?[^@]+?)(\/-\/.*)?$/.exec(decodeURIComponent(path)) ?? []
    const bytes = made.get(name)
    if (!bytes)
      return {status: 404, headers: [['content-type', 'application/json']], body: Buffer.from('{"error":"not found"}')}
    if (isArchive) return {status: 200, headers: [['content-type', 'application/octet-stream']], body: bytes}
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const shasum = createHash('sha1').update(bytes).digest('hex')
    const tarball = `http://packages.corpus.test/${name}/-/${name.replace(/^.*\//, '')}-1.4.2.tgz`
    const version = {name, version: '1.4.2', main: 'index.js', license: 'MIT', dist: {integrity, shasum, tarball}}
    const body = JSON.stringify({
      name,
      'dist-tags': {latest: '1.4.2'},
      versions: {'1.4.2': version},
      time: {'1.4.2': '2026-01-01T00:00:00.000Z'},
    })
    return {status: 200, headers: [['content-type', 'application/json']], body: Buffer.from(body)}
  }
}

async function npm(run, dir) {
  const into = join(dir, 'install')
  mkdirSync(into)
  writeFileSync(join(into, 'package.json'), '{"name":"consumer","version":"1.0.0","private":true}')
  const quiet = '--no-audit --no-fund --no-update-notifier --ignore-scripts'
  const own = `--userconfig ${join(dir, 'none')} --globalconfig ${join(dir, 'nothing')} --cache ${join(dir, 'cache')}`
  const where = '--registry http://packages.corpus.test --proxy "$PROXY" --noproxy ""'
  for (const name of ['left-margin', 'count-tickets', 'small-parser', 'table-of-days', '@corpus/colours']) {
    await run('sh', ['-c', `npm install ${quiet} ${own} ${where} ${name}`], {cwd: into})
  }
}

const NODE_CLIENT = `
const {request} = await import('node:http')
const {port} = new URL(process.env.PROXY)
const call = (method, url, headers, body) => new Promise((resolve, reject) => {
  const r = request({port, method, path: url, headers: {...headers, host: new URL(url).host, 'user-agent': 'node'}}, (response) => { response.resume(); response.on('end', resolve) })
  r.on('error', reject)
  r.end(body)
})
const api = 'http://api.corpus.test'
const json = {'content-type': 'application/json', accept: 'application/json'}
for (let i = 0; i < 40; i++) {
  await call('GET', api + '/v1/projects/' + i + '/items?cursor=' + Buffer.from('page:' + i * 50).toString('base64url') + '&fields=id,name,created', json)
  await call('POST', api + '/v1/chat', json, JSON.stringify({model: 'small', stream: false, messages: [{role: 'user', content: 'Write a haiku about the number ' + i + ' and explain why the third line is longer.'}]}))
  const form = new FormData()
  form.set('title', 'Report ' + i)
  form.set('file', new Blob(['date,amount\\n2026-01-0' + (1 + i % 9) + ',' + i * 3 + '\\n'], {type: 'text/csv'}), 'report-' + i + '.csv')
  const encoded = new Response(form)
  await call('POST', api + '/v1/reports', {'content-type': encoded.headers.get('content-type')}, Buffer.from(await encoded.arrayBuffer()))
}
`

const PYTHON_CLIENT = `
import json, os, urllib.parse, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({'http': os.environ['PROXY']}))
for i in range(20):
    opener.open('http://api.corpus.test/weather?' + urllib.parse.urlencode({'city': 'Graz', 'day': i, 'units': 'metric'})).read()
    body = json.dumps({'series': [round(j * 1.37 + i, 3) for j in range(40)], 'label': 'run %d' % i}).encode()
    opener.open(urllib.request.Request('http://api.corpus.test/v2/series', data=body, headers={'Content-Type': 'application/json'})).read()
`

async function browser(proxy) {
  const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => {
    try {
      return readFileSync(path).length > 0
    } catch {
      return false
    }
  })
  if (executable === undefined) throw new Error('no chromium: its traffic would be missing')
  const instance = await chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', `--proxy-server=${proxy}`],
  })
  try {
    const tab = await instance.newPage()
    for (let i = 0; i < 12; i++)
      await tab.goto(`http://site.corpus.test/guide/${'page'.repeat((i % 5) + 1)}${i}.html`, {waitUntil: 'networkidle'})
  } finally {
    await instance.close()
  }
}
