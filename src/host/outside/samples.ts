// Samples of an outside plugin. A fault drops the sample and is reported; the page of all others is served.
import type {PluginInstance, PluginSample} from '../../core/plugin-api.js'
import type {Sample} from '../../core/sample.js'
import {layerOf} from './findings.js'

const MAX_SAMPLES = 100
const MAX_LABELS = 4
const NAME = /^[a-z][a-z0-9_]{0,63}$/

export function samplesOf(
  plugin: string,
  instance: Pick<PluginInstance, 'samples'>,
  onFault: (error: unknown) => void,
): readonly Sample[] {
  try {
    const given: unknown = instance.samples?.() ?? []
    if (!Array.isArray(given)) throw new TypeError('samples() must return a list')
    if (given.length > MAX_SAMPLES) throw new TypeError(`samples() returned more than ${MAX_SAMPLES} samples`)
    return given.map((one) => sampleOf(plugin, one as PluginSample))
  } catch (error) {
    onFault(error)
    return []
  }
}

function sampleOf(plugin: string, {name, help, gauge, labels = {}, value}: PluginSample): Sample {
  if (typeof name !== 'string' || !NAME.test(name)) throw new TypeError('the name of a sample has another form')
  if (gauge !== true && !name.endsWith('_total'))
    throw new TypeError(`the name of the counter ${name} must end in _total`)
  if (typeof help !== 'string' || help.length > 200)
    throw new TypeError(`help of the sample ${name} must be a short text`)
  if (!Number.isFinite(value) || (gauge !== true && value < 0)) throw new TypeError(`the value of ${name} is no count`)
  const entries = Object.entries(labels)
  const isLabel = ([label, text]: readonly [string, unknown]): boolean =>
    NAME.test(label) && typeof text === 'string' && text.length <= 64
  if (entries.length > MAX_LABELS || !entries.every(isLabel))
    throw new TypeError(`the labels of ${name} have another form`)
  return {name: `${layerOf(plugin)}_${name}`, help, labels: {...labels}, value, ...(gauge === true && {gauge})}
}
