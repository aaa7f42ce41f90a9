import {expect, test} from 'vitest'
import {privateKeyFromSeed} from '../../../../../src/lib/ed25519.js'
import {
  cosignNote,
  isKeyName,
  noteKey,
  noteKeyText,
  parseNote,
  parseNoteKey,
  signNote,
  verifyNote,
  type NoteKey,
} from '../../../../../src/plugins/receipts/anchor/signed-note.js'
import {checkpointText, parseCheckpoint} from '../../../../../src/plugins/receipts/anchor/tlog-checkpoint.js'

// the examples of C2SP signed-note, tlog-checkpoint and tlog-cosignature
const KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const NOTE =
  'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
const POEM =
  'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n'
const COSIGNED =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n'

const mine = privateKeyFromSeed(Buffer.alloc(32, 7))
const other = privateKeyFromSeed(Buffer.alloc(32, 8))
const parse = (text: string) => parseNote(Buffer.from(text))
const known = (text: string): NoteKey => {
  const key = parseNoteKey(text)
  if (!key) throw new Error('no key')
  return key
}

test('the published example verifies under its published key', () => {
  const note = parse(NOTE)
  expect(note.text).toBe('This is an example message.\n')
  expect(verifyNote(note, [known(KEY)]).map(({key}) => key.name)).toEqual(['example.com/foo'])
  expect(noteKeyText(known(KEY))).toBe(KEY)
  for (let i = 0; i < note.text.length; i++) {
    const at = NOTE.charCodeAt(i) ^ 1
    if (at < 32 || NOTE[i] === '\n') continue
    const changed = NOTE.slice(0, i) + String.fromCharCode(at) + NOTE.slice(i + 1)
    expect(() => verifyNote(parse(changed), [known(KEY)])).toThrow('does not verify')
  }
})

test('the published notes parse: text with empty lines, a checkpoint, a cosignature', () => {
  expect(parse(POEM).text.split('\n')).toHaveLength(5)
  expect(parse(POEM).signatures).toMatchObject([{name: 'quasimodo.example/salvatore', id: '367ba04b'}])
  const note = parse(COSIGNED)
  expect(note.signatures.map(({name, bytes}) => [name, bytes.length])).toEqual([
    ['example.com/behind-the-sofa', 64],
    ['witness.example.com/w1', 72],
  ])
  expect(note.signatures[1]?.bytes.readBigUInt64BE(0)).toBe(1679315147n)
  const checkpoint = parseCheckpoint(note.text)
  expect(checkpoint).toMatchObject({origin: 'example.com/behind-the-sofa', size: 20852163})
  expect(checkpointText(checkpoint)).toBe(note.text)
})

test('our notes verify; a line of an unknown key is ignored, a bad one of a known key spoils the note', () => {
  const text = 'example.com/log\n1\nAAAA\n'
  const [a, b] = [noteKey('example.com/log', mine.public), noteKey('example.com/other', other.public)]
  const lines = signNote(text, a.name, mine) + signNote(text, b.name, other)
  expect(verifyNote(parse(`${text}\n${lines}`), [a])).toHaveLength(1)
  expect(verifyNote(parse(`${text}\n${lines}`), [a, b])).toHaveLength(2)
  expect(verifyNote(parse(`${text}\n${lines}`), [noteKey('example.com/log', other.public)])).toEqual([])
  expect(verifyNote(parse(`${text}\n${signNote(text, a.name, mine).repeat(3)}`), [a])).toHaveLength(1)
  const bad = signNote('example.com/log\n2\nAAAA\n', a.name, mine)
  expect(() => verifyNote(parse(`${text}\n${bad}`), [a, b])).toThrow('does not verify')
  expect(() => verifyNote(parse(`${text}\n${bad}${signNote(text, b.name, other)}`), [a, b])).toThrow('does not verify')
})

test('a cosignature covers its time, and is no plain signature of the same key', () => {
  const text = 'example.com/log\n1\nAAAA\n'
  const witness = noteKey('w.example', mine.public, 'cosignature')
  const line = cosignNote(text, 'w.example', mine, 1679315147n)
  expect(verifyNote(parse(`${text}\n${line}`), [witness])).toEqual([{key: witness, time: 1679315147n}])
  expect(verifyNote(parse(`${text}\n${line}`), [noteKey('w.example', mine.public)])).toEqual([])
  const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64')
  bytes[11] = (bytes[11] ?? 0) ^ 1
  const later = `\u2014 w.example ${bytes.toString('base64')}\n`
  expect(() => verifyNote(parse(`${text}\n${later}`), [witness])).toThrow('does not verify')
  const plain = signNote(text, 'w.example', mine)
  expect(verifyNote(parse(`${text}\n${plain}`), [witness])).toEqual([])
})

test('malformed notes are refused', () => {
  const line = signNote('a\n', 'n', mine)
  for (const bad of [
    '',
    'a\n',
    `a\n${line}`,
    `a\n\n${line.trimEnd()}`,
    `a\n\n${line.replace('\u2014', '-')}`,
    `a\n\n${line.replace(' n ', ' n+n ')}`,
    `a\n\n${line.replace(' n ', ' n\u00a0n ')}`,
    `a\n\n${line.replace('=', '')}`,
    `a\n\n${line.replace(/\n$/, ' \n')}`,
    `a\tb\n\n${line}`,
    `a\r\n\n${line}`,
    `a\n\n\u2014 n AAAAAA==\n`,
    `a\n\n${line.repeat(65)}`,
    `${'a'.repeat(70_000)}\n\n${line}`,
  ]) {
    expect(() => parse(bad), JSON.stringify(bad.slice(0, 80))).toThrow()
  }
  expect(() => parseNote(Buffer.concat([Buffer.from([0xff]), Buffer.from(`a\n\n${line}`)]))).toThrow('UTF-8')
  expect(parse(`a\n\n${line.repeat(64)}`).signatures).toHaveLength(64)
})

test('key names and key texts', () => {
  expect(['example.com/log', 'ü', 'a'].map(isKeyName)).toEqual([true, true, true])
  expect(['', 'a b', 'a+b', 'a\u2003b', 'a\nb', 'a\u0000', '\ud800'].map(isKeyName)).toEqual(Array(7).fill(false))
  const flipped = KEY.replace('530d903a', '530d903b')
  const wrongType = KEY.replace('+Ae', '+Ce')
  for (const bad of ['', 'a', flipped, wrongType, `${KEY}=`, KEY.toUpperCase(), 'a+00000000+AAAA']) {
    expect([bad, parseNoteKey(bad)]).toEqual([bad, undefined])
  }
})

test('checkpoints: three full lines, a plain size, a hash of 32 bytes', () => {
  const root = Buffer.alloc(32, 1)
  const text = checkpointText({origin: 'o', size: 5, root})
  expect(parseCheckpoint(`${text}extension\n`)).toEqual({origin: 'o', size: 5, root})
  for (const bad of [
    '',
    'o\n5\n',
    text.replace('5', '05'),
    text.replace('5', '-5'),
    text.replace('5', '9007199254740993'),
    text.replace('5', '18446744073709551616'),
    text.replace('5', '5 '),
    text.replace('o\n', '\n'),
    `${text}\n`,
    text.replace('=', ''),
    text.replace('AQ', ''),
    text.trimEnd(),
  ]) {
    expect(() => parseCheckpoint(bad), JSON.stringify(bad)).toThrow()
  }
})
