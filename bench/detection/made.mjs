// Ordinary traffic that is made: identifiers, digests, cookies, logs, tables, pictures, calls of APIs. The seed alone decides
// what comes out. Values have the shapes that real ones have, and no secret is among them.
import {createHash} from 'node:crypto'
import {item} from './item.mjs'
import {picture} from './picture.mjs'

const HEX = '0123456789abcdef'
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const WORD64 = `${LETTERS}${LETTERS.toUpperCase()}0123456789-_`
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const SUBJECTS = [
  'The build',
  'Our team',
  'The customer',
  'A reader',
  'The scheduler',
  'This release',
  'The invoice',
  'My sister',
]
const VERBS = [
  'moved to',
  'is waiting for',
  'replaced',
  'asked about',
  'depends on',
  'finished',
  'postponed',
  'describes',
]
const OBJECTS = [
  'the second shipment',
  'an earlier version of the library',
  'the tool that counts tickets',
  'a table of measurements',
  'the previous chapter',
  'two missing translations',
  'the rules of the tournament',
  'the password reset page',
]
const TAILS = [
  'on Tuesday morning.',
  'because the bridge was closed.',
  'without changing the schedule.',
  'and nobody noticed until lunch.',
  'as the manual explains.',
  'for the third time this year.',
]
const OTHERS = [
  'Der Zug nach Bremen fährt heute zwölf Minuten später ab, bitte beachten Sie die Anzeigen.',
  'La bibliothèque ferme à dix-huit heures le vendredi, sauf pendant les vacances.',
  'Lee las instrucciones antes de montar la estantería y guarda los tornillos que sobren.',
  'O restaurante aceita reservas para grupos de até doze pessoas.',
  '会議は来週の火曜日に変更されました。資料は前日までに送ってください。',
  '请在出发前确认航班时间，并提前两小时到达机场。',
  '다음 회의는 목요일 오후 세 시에 시작합니다. 자료를 미리 확인해 주세요.',
  'Поезд прибывает на второй путь, нумерация вагонов с головы состава.',
]

export function made(random) {
  const r = random
  const hex = (n) => r.text(HEX, n)
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-${r.pick('89ab')}${hex(3)}-${hex(12)}`
  const sha256 = () => createHash('sha256').update(hex(16)).digest('hex')
  const sentence = () => `${r.pick(SUBJECTS)} ${r.pick(VERBS)} ${r.pick(OBJECTS)} ${r.pick(TAILS)}`
  const prose = (n) => Array.from({length: n}, () => (r.chance(0.1) ? r.pick(OTHERS) : sentence())).join(' ')
  const word = () => r.text(LETTERS, r.range(3, 9))
  const day = () => `2026-0${r.range(1, 9)}-${String(r.range(1, 28)).padStart(2, '0')}`
  const time = () =>
    `${String(r.int(24)).padStart(2, '0')}:${String(r.int(60)).padStart(2, '0')}:${String(r.int(60)).padStart(2, '0')}`
  const ip = () => `198.51.100.${r.int(256)}`
  const host = () =>
    `${r.pick(['api', 'www', 'cdn', 'static', 'files', 'data', 'search'])}.${r.pick(['shop', 'news', 'maps', 'weather', 'tracker', 'books'])}.example.com`
  const json = (kind, value, more = {}) =>
    item(kind, {
      method: 'POST',
      host: host(),
      path: `/v${r.range(1, 3)}/${word()}`,
      headers: [['content-type', 'application/json'], ...(more.headers ?? [])],
      body: JSON.stringify(value, undefined, r.chance(0.3) ? 2 : undefined),
    })
  const response = (kind, type, body, path = `/${word()}/${word()}`) =>
    item(kind, {host: host(), path, headers: [['accept', '*/*']]}, {headers: [['content-type', type]], body})

  const KINDS = {
    'identifier in a path': () =>
      item('identifier in a path', {
        host: host(),
        path: `/${word()}/${r.pick([uuid, () => hex(24), () => r.text(CROCKFORD, 26), () => hex(40), sha256, () => String(r.int(1e9))])()}/${r.pick(['edit', 'history', 'raw', 'items'])}`,
        headers: [['accept', 'application/json']],
      }),
    'identifier in a query': () =>
      item('identifier in a query', {
        host: host(),
        path: `/list?id=${uuid()}&page=${r.range(1, 40)}&since=${day()}T${time()}Z&sort=-created&v=${r.int(20)}.${r.int(20)}.${r.int(20)}`,
        headers: [['accept', 'application/json']],
      }),
    'search words': () =>
      item('search words', {
        host: host(),
        path: `/search?q=${encodeURIComponent(sentence()).replace(/%20/g, '+')}&lang=${r.pick(['en', 'de', 'ja'])}`,
        headers: [['accept-language', 'en,de;q=0.7']],
      }),
    'cookies of a site': () =>
      item('cookies of a site', {
        host: host(),
        path: `/${word()}`,
        headers: [
          [
            'cookie',
            [
              `_visit=GA1.2.${r.int(1e9)}.${r.int(1e9)}`,
              `sid=${r.text(WORD64, r.pick([22, 24, 32]))}`,
              `prefs=eyJ${Buffer.from(`"theme":"${word()}","lang":"en","seen":${r.int(99)}}`).toString('base64url')}`,
              `consent=${day()}`,
              `basket=${uuid()}`,
            ].join('; '),
          ],
          ['referer', `https://${host()}/${word()}?from=${word()}`],
        ],
      }),
    'digests of files': () =>
      json('digests of files', {
        release: `${r.int(9)}.${r.int(30)}.${r.int(30)}`,
        files: Array.from({length: r.range(2, 9)}, () => ({
          name: `${word()}-${r.int(9)}.${r.int(9)}.tgz`,
          sha256: sha256(),
          sha1: hex(40),
          integrity: `sha512-${createHash('sha512').update(hex(8)).digest('base64')}`,
          size: r.int(1e7),
        })),
      }),
    'events of a page': () =>
      json('events of a page', {
        session: uuid(),
        events: Array.from({length: r.range(2, 12)}, () => ({
          id: r.text(CROCKFORD, 26),
          at: `${day()}T${time()}.${String(r.int(1000)).padStart(3, '0')}Z`,
          name: `${word()}_${word()}`,
          x: r.int(1920),
          y: r.int(1080),
          target: `#${word()} > div:nth-child(${r.range(1, 9)})`,
        })),
      }),
    'next page': () =>
      json('next page', {
        query: sentence(),
        limit: 50,
        cursor: Buffer.from(JSON.stringify({id: r.int(1e8), at: day(), key: hex(16)})).toString('base64url'),
        etag: `W/"${hex(32)}"`,
      }),
    'words to a model': () =>
      json('words to a model', {
        model: `chat-${r.int(9)}`,
        max_tokens: 1024,
        messages: [
          {role: 'system', content: `You are a careful assistant. ${prose(2)}`},
          ...Array.from({length: r.range(1, 4)}, (_, i) => ({
            role: i % 2 ? 'assistant' : 'user',
            content: prose(r.range(1, 6)),
          })),
        ],
      }),
    'a form': () =>
      item('a form', {
        method: 'POST',
        host: host(),
        path: `/${word()}`,
        headers: [['content-type', 'application/x-www-form-urlencoded']],
        body: new URLSearchParams({
          name: `${word()} ${word()}`,
          message: prose(r.range(1, 4)),
          date: day(),
          phone: `+49 30 ${r.range(100000, 999999)}`,
          csrf: r.text(WORD64, 22),
          amount: (r.int(1e5) / 100).toFixed(2),
        }).toString(),
      }),
    'a query language': () =>
      json('a query language', {
        query: `query Items($first: Int!, $after: String) { ${word()}(first: $first, after: $after) { edges { node { id ${word()} ${word()} } } pageInfo { hasNextPage endCursor } } }`,
        variables: {first: r.range(10, 100), after: Buffer.from(`cursor:v2:${r.int(1e7)}`).toString('base64')},
      }),
    'access log': () =>
      response(
        'access log',
        'text/plain; charset=utf-8',
        Array.from(
          {length: r.range(5, 30)},
          () =>
            `${ip()} - - [${day()}:${time()} +0000] "GET /${word()}/${word()}?page=${r.int(9)} HTTP/1.1" ${r.pick([200, 200, 304, 404])} ${r.int(90000)} "-" "Mozilla/5.0 (X11; Linux x86_64) ${word()}/${r.int(120)}.0"`,
        ).join('\n'),
        `/logs/${word()}-${day()}.log`,
      ),
    'log in JSON lines': () =>
      item('log in JSON lines', {
        method: 'POST',
        host: host(),
        path: '/ingest',
        headers: [['content-type', 'application/x-ndjson']],
        body: Array.from({length: r.range(4, 20)}, () =>
          JSON.stringify({
            time: `${day()}T${time()}Z`,
            level: r.pick(['info', 'warn', 'debug']),
            trace: hex(32),
            span: hex(16),
            msg: sentence(),
            took_ms: r.int(900),
          }),
        ).join('\n'),
      }),
    'stack trace': () =>
      json('stack trace', {
        message: `Cannot read ${word()} of undefined`,
        stack: Array.from(
          {length: r.range(4, 12)},
          () => `    at ${word()}.${word()} (file:///srv/app/${word()}/${word()}.js:${r.int(400)}:${r.int(80)})`,
        ).join('\n'),
        build: hex(40),
      }),
    table: () =>
      response(
        'table',
        'text/csv',
        ['order,customer,date,amount,postcode,note']
          .concat(
            Array.from(
              {length: r.range(5, 40)},
              () =>
                `${r.range(100000, 9999999)},${word()} ${word()},${day()},${(r.int(1e5) / 100).toFixed(2)},${r.range(10000, 99999)},"${sentence()}"`,
            ),
          )
          .join('\n'),
        `/export/${word()}.csv`,
      ),
    'picture in JSON': () =>
      json('picture in JSON', {
        name: `${word()}.png`,
        alt: sentence(),
        data: `data:image/png;base64,${picture(r, r.pick([16, 24, 32, 48])).toString('base64')}`,
      }),
    'picture in a page': () =>
      response(
        'picture in a page',
        'text/html; charset=utf-8',
        `<!doctype html><html lang="en"><head><title>${word()}</title><link rel="stylesheet" href="/a.${hex(8)}.css"></head><body><h1>${sentence()}</h1><p>${prose(5)}</p><img alt="${word()}" src="data:image/png;base64,${picture(r, 24).toString('base64')}"><script src="/app.${hex(12)}.js" integrity="sha384-${createHash('sha384').update(hex(6)).digest('base64')}"></script></body></html>`,
      ),
    'a picture': () =>
      item(
        'a picture',
        {host: host(), path: `/img/${hex(16)}.png`, headers: [['accept', 'image/png,image/*']]},
        {
          headers: [
            ['content-type', 'image/png'],
            ['etag', `"${hex(32)}"`],
          ],
          body: picture(r, r.pick([16, 32, 40])),
        },
      ),
    'article in several languages': () =>
      response(
        'article in several languages',
        'text/html; charset=utf-8',
        `<!doctype html><html><head><title>${sentence()}</title></head><body><article>${Array.from({length: 6}, () => `<p>${prose(3)}</p>`).join('')}<ul>${OTHERS.map((t) => `<li>${t}</li>`).join('')}</ul></article></body></html>`,
      ),
    'deployment file': () =>
      item('deployment file', {
        method: 'PUT',
        host: host(),
        path: `/apply/${word()}`,
        headers: [['content-type', 'application/yaml']],
        body: `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${word()}\n  labels: {app: ${word()}, commit: ${hex(40)}}\nspec:\n  replicas: ${r.range(1, 9)}\n  template:\n    spec:\n      containers:\n        - name: ${word()}\n          image: registry.example.com/${word()}@sha256:${sha256()}\n          env:\n            - name: LOG_LEVEL\n              value: info\n            - name: DATABASE_PASSWORD\n              valueFrom: {secretKeyRef: {name: ${word()}, key: password}}\n          resources: {limits: {cpu: ${r.range(1, 4)}00m, memory: ${r.range(1, 8)}12Mi}}\n`,
      }),
    'documentation of settings': () =>
      response(
        'documentation of settings',
        'text/markdown',
        `# Configuring ${word()}\n\nSet \`API_TOKEN=<your token>\` in the environment, or \`password: \${PASSWORD}\` in the file.\nNever share your password with anyone. Provide your API key in the settings page.\n\n\`\`\`sh\nexport ACCESS_TOKEN=$ACCESS_TOKEN\ncurl -H "Authorization: Bearer $TOKEN" https://${host()}/v1/${word()}\n\`\`\`\n\n${prose(6)}\n`,
      ),
    'change of records': () =>
      json('change of records', {
        jsonrpc: '2.0',
        id: r.int(9999),
        method: `${word()}/update`,
        params: {
          rows: Array.from({length: r.range(1, 6)}, () => ({
            id: uuid(),
            lat: 52.5 + r.next(),
            lon: 13.3 + r.next(),
            price: r.int(99999) / 100,
            tags: [word(), word()],
            note: sentence(),
          })),
        },
      }),
  }
  return (count) => {
    const kinds = Object.values(KINDS)
    return Array.from({length: count}, (_, i) => kinds[i % kinds.length]())
  }
}
