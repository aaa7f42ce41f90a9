// What bytes are, whatever is said of them: images, sound and films by their signatures (WHATWG MIME Sniffing, section 6, and the
// formats that it leaves out), and documents that a browser would run. Looks at the first bytes only.

/** The media type of the content; undefined where it is no image, sound or film. */
export function sniffMedia(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, 64)
  for (const [prefix, type] of PREFIXES) if (head.startsWith(prefix)) return type
  if (head.startsWith('RIFF')) return RIFF[head.slice(8, 12)]
  if (head.startsWith('FORM') && /^AIF[FC]$/.test(head.slice(8, 12))) return 'audio/aiff'
  if (head.slice(4, 8) === 'ftyp') return ofBrand(head.slice(8, 12))
  if (head.startsWith('OggS')) return /theora|BBCD|OVP80/.test(head) ? 'video/ogg' : 'audio/ogg'
  if (isBmp(bytes)) return 'image/bmp'
  if (isIcon(bytes)) return 'image/x-icon'
  if (isTransportStream(bytes)) return 'video/mp2t'
  if (isMp3(bytes)) return 'audio/mpeg'
  return undefined
}

const PREFIXES: readonly (readonly [string, string])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['II*\0', 'image/tiff'],
  ['MM\0*', 'image/tiff'],
  ['II+\0', 'image/tiff'],
  ['MM\0+', 'image/tiff'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'image/jxl'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'image/jp2'],
  ['\xff\x4f\xff\x51', 'image/jp2'],
  ['8BPS\0\x01', 'image/vnd.adobe.photoshop'],
  ['8BPS\0\x02', 'image/vnd.adobe.photoshop'],
  ['ID3', 'audio/mpeg'],
  ['fLaC', 'audio/flac'],
  ['MThd\0\0\0\x06', 'audio/midi'],
  ['.snd\0\0\0', 'audio/basic'],
  ['#!AMR', 'audio/amr'],
  ['\x1a\x45\xdf\xa3', 'video/webm'],
  ['FLV\x01', 'video/x-flv'],
  ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'video/x-ms-asf'],
  ['\0\0\x01\xba', 'video/mpeg'],
  ['\0\0\x01\xb3', 'video/mpeg'],
]

const RIFF: Readonly<Record<string, string>> = {
  WEBP: 'image/webp',
  WAVE: 'audio/wave',
  'AVI ': 'video/avi',
  RMID: 'audio/midi',
}

function ofBrand(brand: string): string {
  if (/^avi[fs]$/.test(brand)) return 'image/avif'
  if (/^(?:hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand)) return 'image/heic'
  if (/^M4[ABP] $/.test(brand)) return 'audio/mp4'
  return brand === 'qt  ' ? 'video/quicktime' : 'video/mp4'
}

/** Two letters are too little: a decoder also needs the size of a header that exists. */
function isBmp(bytes: Buffer): boolean {
  return bytes.length >= 26 && bytes[0] === 0x42 && bytes[1] === 0x4d && BMP_HEADERS.has(bytes.readUInt32LE(14))
}
const BMP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124])

/** Icons and cursors, with a directory that can be one: messages of other protocols begin with the same four bytes. */
function isIcon(bytes: Buffer): boolean {
  if (bytes.length < 22 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[3] !== 0) return false
  if (bytes[2] !== 1 && bytes[2] !== 2) return false
  const count = bytes.readUInt16LE(4)
  return count > 0 && bytes[9] === 0 && bytes.readUInt32LE(14) > 0 && bytes.readUInt32LE(18) >= 6 + 16 * count
}

const PACKET = 188
function isTransportStream(bytes: Buffer): boolean {
  return bytes.length > 2 * PACKET && bytes[0] === 0x47 && bytes[PACKET] === 0x47 && bytes[2 * PACKET] === 0x47
}

/** Two frames of MPEG audio one behind the other (WHATWG MIME Sniffing, section 6.2.4). */
function isMp3(bytes: Buffer): boolean {
  const first = frameBytes(bytes, 0)
  return first !== undefined && frameBytes(bytes, first) !== undefined
}

const BIT_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const
const SAMPLE_RATES = [44_100, 48_000, 32_000] as const

/** Length of the frame of MPEG-1 or MPEG-2 layer III that begins there. */
function frameBytes(bytes: Buffer, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined
  const header = bytes.readUInt32BE(at)
  const version = (header >>> 19) & 3
  if (header >>> 21 !== 0x7ff || version === 1 || ((header >>> 17) & 3) !== 1) return undefined
  const isFirst = version === 3
  const bitRate = BIT_RATES[isFirst ? 0 : 1][(header >>> 12) & 15] ?? 0
  const sampleRate = SAMPLE_RATES[(header >>> 10) & 3]
  if (bitRate === 0 || sampleRate === undefined) return undefined
  const divisor = isFirst ? 1 : version === 2 ? 2 : 4
  return Math.floor(((isFirst ? 144 : 72) * bitRate * 1000) / (sampleRate / divisor)) + ((header >>> 9) & 1)
}

const DOCUMENT =
  /^\s*<(?:!--|\?xml|!doctype|(?:html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|svg|math|[a-z]{1,16}:svg)(?=[\s/>]))/i
const SCRIPT =
  /^\s*(?:#!\s*\/|['"]use strict['"]|(?:import|export|function|var|let|const|class|async)\s+[\w${*]|\(function\b|\(\(\)\s*=>)/

/** A page, a drawing or a program, as a reader that does not go by the declared type would take it. */
export function isActiveDocument(bytes: Buffer): boolean {
  const text = bytes.toString(isWide(bytes) ? 'utf16le' : 'latin1', 0, 512).replace(/^(?:\ufeff|\xef\xbb\xbf)/, '')
  return DOCUMENT.test(text) || SCRIPT.test(text)
}

function isWide(bytes: Buffer): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xfe
}

/** Nothing in it that no text has (WHATWG MIME Sniffing, section 3, binary data byte). */
export function isPlainText(bytes: Buffer): boolean {
  for (const byte of bytes) {
    if (byte < 0x20 && (byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte !== 0x1b))) return false
  }
  return true
}
