// Cross-validation by source: rows of one source are like each other, so that leaving out single rows would measure nothing.
import {createClassifier} from '../../dist/plugins/injection/classifier/classifier.js'
import {normalise, train} from './train.mjs'

const NEVER = {threshold: 1, report_threshold: 1}

/** Trains without one source at a time and prints what the rest finds of it, where one in 2,000 documents is stopped. */
export function crossValidate(rows, documents, measured, log) {
  const sources = [...new Set(rows.map(({file}) => file))].filter((file) => !/^(?:composed|invented)/.test(file))
  for (const source of sources) {
    const isOut = ({file, payload_source, carrier}) => [file, payload_source, carrier].includes(source)
    const model = train(
      rows.filter((row) => !isOut(row)),
      documents,
      // two rounds tell as much as four, in half of the time
      {rounds: 2},
    )
    const classifier = createClassifier(model, NEVER, normalise)
    const ordinary = measured.map((text) => classifier.score(normalise(text))).sort((a, b) => b - a)
    const threshold = ordinary[Math.floor(measured.length * 0.0005)] ?? 1
    for (const label of ['injection', 'benign']) {
      const own = rows.filter((row) => row.file === source && row.label === label)
      if (own.length === 0) continue
      const matched = own.filter(({text}) => classifier.score(normalise(text)) > threshold).length
      log(
        `${source.padEnd(28)} ${label.padEnd(10)} ${String(own.length).padStart(5)} ${((100 * matched) / own.length).toFixed(1)} % over ${threshold.toFixed(3)}`,
      )
    }
  }
}
