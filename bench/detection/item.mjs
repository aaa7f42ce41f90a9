// One item of ordinary traffic: a request and, where it matters, its answer, as plain JSON so that a person can read what a
// figure rests on. Bytes that are no UTF-8 are written in base64.

const MAX_BYTES = 12 * 1024

/** Keeps an item readable: long bodies are cut at a line, bodies of a media type that cannot be cut are left out whole. */
export function item(kind, request, response) {
  const {method = 'GET', host, path = '/', headers = [], body} = request
  const out = {kind, method, host, path, headers}
  if (body !== undefined) out.body = written(body)
  if (response) {
    const {status = 200, headers: fields = [], body: content = ''} = response
    out.response = {status, headers: fields, body: written(content)}
  }
  return out
}

export function fits(body) {
  return Buffer.byteLength(body) <= MAX_BYTES
}

/** The first lines of a text that fit. */
export function headOf(text, bytes = MAX_BYTES) {
  if (Buffer.byteLength(text) <= bytes) return text
  const cut = Buffer.from(text).subarray(0, bytes).toString('utf8')
  const end = cut.lastIndexOf('\n')
  return end > 0 ? cut.slice(0, end + 1) : cut.replace(/\ufffd+$/, '')
}

function written(body) {
  const bytes = Buffer.from(body)
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) && !text.includes('\0') ? {text} : {base64: bytes.toString('base64')}
}

export function bytesOf(body) {
  if (body === undefined) return undefined
  return body.text === undefined ? Buffer.from(body.base64, 'base64') : Buffer.from(body.text)
}
