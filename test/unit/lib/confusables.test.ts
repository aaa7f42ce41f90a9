// Letters of other scripts that are read as ASCII letters (scanning §4.1).
import {expect, it} from 'vitest'
import {foldConfusables} from '../../../src/lib/confusables.js'

it.each([
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

it('leaves every other letter of these scripts', () => {
  for (const text of ['жизнь', 'ψυ', 'ფ', 'ꓕ', 'ⲱ']) expect(foldConfusables(text)).not.toMatch(/^[a-zA-Z]+$/)
})
