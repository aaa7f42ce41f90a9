// Trains the learned injection classifier (docs/learned-classifier.md).
//
//   npm run train:injection [-- --rows FOLDER]... [-- --documents N] [-- --check] [-- --folds]
//
// --rows: more labelled rows, for instance of an operator's own traffic; --documents: the most files of each group of ordinary
// documents; --check: compares with the stored model and writes nothing; --folds: cross-validates by source instead.
import {createHash} from 'node:crypto'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {encodeModel} from '../dist/plugins/injection/classifier/model.js'
import {rowsOf} from './injection/corpus.mjs'
import {digestOf, documentsOf, textOf} from './injection/documents.mjs'
import {familyRows} from './injection/families.mjs'
import {crossValidate} from './injection/folds.mjs'
import {inventedRows} from './injection/invented.mjs'
import {train} from './injection/train.mjs'

const ROOT = join(import.meta.dirname, '..')
const MODEL = join(ROOT, 'data/injection-model.bin')
const DIGEST = join(ROOT, 'src/core/injection-model.ts')
const LARGEST = 400_000

const {values: flags} = parseArgs({
  options: {
    rows: {type: 'string', multiple: true, default: []},
    documents: {type: 'string', default: '4000'},
    check: {type: 'boolean', default: false},
    folds: {type: 'boolean', default: false},
  },
})
const corpus = join(process.env.PIPELOCK_CONFORMANCE ?? join(ROOT, '../shared/conformance'), 'injection-corpus/train')
if (!existsSync(corpus)) {
  process.stderr.write(
    `${corpus}: no training texts; PIPELOCK_CONFORMANCE names the folder that holds injection-corpus\n`,
  )
  process.exit(1)
}
const log = (line) => process.stderr.write(`${line}\n`)
process.chdir(ROOT)
const rows = [...rowsOf(corpus), ...flags.rows.flatMap(rowsOf)]
const carriers = rows
  .filter(({label, kind}) => label === 'benign' && /page|tool-output|email/.test(kind))
  .map(({text}) => text)
const all = [...rows, ...inventedRows(carriers), ...familyRows()]
const files = documentsOf('train', Number(flags.documents))
const documents = files.map((file) => ({...file, text: textOf(file)})).filter(({text}) => text !== undefined)
log(`${all.length} rows, ${documents.length} ordinary documents`)
const texts = documents.map(({text}) => text)

if (flags.folds) {
  crossValidate(all, texts, documentsOf('measure', Number(flags.documents)).map(textOf).filter(Boolean), log)
} else {
  const training = {
    rows: counts(all.map(({file, label}) => `${file} ${label}`)),
    rowsDigest: digestOf(all.map(({text}) => text)),
    documents: counts(documents.map(({group}) => group)),
    documentsDigest: digestOf(texts),
  }
  const bytes = encodeModel(train(all, texts, {training, log}))
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length > LARGEST) throw new Error(`the model has ${bytes.length} bytes; at most ${LARGEST} are allowed`)
  if (flags.check) {
    const same = existsSync(MODEL) && readFileSync(MODEL).equals(bytes)
    log(same ? 'the stored model is the same' : `the stored model differs: this one is ${digest}`)
    process.exitCode = same ? 0 : 1
  } else {
    writeFileSync(MODEL, bytes)
    const source = readFileSync(DIGEST, 'utf8').replace(/'[0-9a-f]{64}'/, `'${digest}'`)
    writeFileSync(DIGEST, source)
    log(`${bytes.length} bytes, ${digest}`)
  }
}

function counts(names) {
  const result = {}
  for (const name of names) result[name] = (result[name] ?? 0) + 1
  return result
}
