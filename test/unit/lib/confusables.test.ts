// Letters of other scripts that are read as ASCII letters.
import {expect, test} from 'vitest'
import {foldConfusables} from '../../../src/lib/text/confusables.js'

test.each([
  ['Cyrillic', 'раѕѕѡоrԁ', 'password'],
  ['Cyrillic capitals', 'ԚԜԌѴҮ', 'QWGVY'],
  ['Greek with a final sigma', 'οvεrrιdες', 'overrides'],
  ['Cherokee', 'ᎫᎪᎷᎡᎬ', 'JAMRE'],
  ['Lisu', 'ꓲꓖꓠꓳꓣꓰ', 'IGNORE'],
  ['Coptic', 'ⲢⲞⲤⲦ', 'POCT'],
  ['phonetic', 'ɑɡaɩn', 'again'],
])('%s', (_, written, read) => {
  expect(foldConfusables(written)).toBe(read)
})

test('leaves every other letter of these scripts', () => {
  for (const text of ['жизнь', 'ψυ', 'ფ', 'ꓕ', 'ⲱ']) expect(foldConfusables(text)).not.toMatch(/^[a-zA-Z]+$/)
})
