// Charts as inline SVG: every one has a text that says the same, for those who do not see it. Only numbers reach an
// attribute of geometry; colours come from classes, since the policy of the page allows no style attribute.
import {html, type Html} from './markup.js'

export interface Interval {
  readonly low: number
  readonly high: number
  /** What was counted: the point inside. */
  readonly point: number
  /** Limits that something is compared with. */
  readonly marks: readonly number[]
  /** Class of colour: what the interval means. */
  readonly tone: 'good' | 'fair' | 'poor'
  readonly text: string
}

const INTERVAL_WIDTH = 160
const PAD = 4

/** Numbers of geometry have one decimal, so that bytes stay the same and pages small. */
function at(value: number): string {
  const clamped = Math.min(1, Math.max(0, value))
  return (PAD + clamped * (INTERVAL_WIDTH - 2 * PAD)).toFixed(1)
}

/** An interval on a scale from 0 to 1, with limits and the point. */
export function intervalChart({low, high, point, marks, tone, text}: Interval): Html {
  const width = Math.max(1, Number(at(high)) - Number(at(low))).toFixed(1)
  return html`<svg
    class="interval ${tone}"
    viewBox="0 0 160 16"
    width="160"
    height="16"
    role="img"
    aria-label="${text}"
  >
    <path class="axis" d="M4 8H156" />
    ${marks.map((mark) => html`<path class="mark" d="M${at(mark)} 1V15" />`)}
    <rect x="${at(low)}" y="5" width="${width}" height="6" rx="3" />
    <circle cx="${at(point)}" cy="8" r="3" />
  </svg>`
}

export interface GrowthChart {
  /** Value after 1, 2, … steps, averaged over all orders. */
  readonly average: readonly number[]
  /** The same in the order in which it happened. */
  readonly observed: readonly number[]
  /** A level that is expected in the long run. */
  readonly expected: number
  readonly text: string
  readonly axis: {readonly x: string; readonly y: string}
}

const BOX = {width: 640, height: 240, left: 48, right: 12, top: 26, bottom: 34} as const
const MAX_POINTS = 200

/** Growth over steps: a line, the steps as they happened behind it, and a dashed level ahead. */
export function growthChart({average, observed, expected, text, axis}: GrowthChart): Html {
  const steps = average.length
  const top = niceCeiling(Math.max(expected, average.at(-1) ?? 0, 1))
  const inner = {w: BOX.width - BOX.left - BOX.right, h: BOX.height - BOX.top - BOX.bottom}
  const x = (step: number): string => (BOX.left + (steps === 0 ? 0 : step / steps) * inner.w).toFixed(1)
  const y = (value: number): string => (BOX.top + (1 - value / top) * inner.h).toFixed(1)
  const line = (values: readonly number[]): string =>
    ['M', x(0), ' ', y(0), ...sampled(values).map(([step, value]) => `L${x(step)} ${y(value)}`)].join('')
  const right = BOX.width - BOX.right
  const ticksY = [0, top / 2, top]
  const ticksX = steps <= 1 ? [0, steps] : [0, Math.round(steps / 2), steps]
  return html`<svg class="growth" viewBox="0 0 640 240" role="img" aria-label="${text}">
    ${ticksY.map((tick) => html`<path class="grid" d="M48 ${y(tick)}H628" /><text class="num" x="42" y="${y(tick)}" dy="4" text-anchor="end">${tick}</text>`)}
    ${ticksX.map((tick, i) => html`<text class="num" x="${x(tick)}" y="222" text-anchor="${i === 2 || (i === 1 && ticksX.length === 2) ? 'end' : 'middle'}">${tick}</text>`)}
    <text class="num" x="${right}" y="236" text-anchor="end">${axis.x}</text>
    <text class="num" x="48" y="14">${axis.y}</text>
    <path class="expected" d="M48 ${y(expected)}H628" />
    <path class="observed" d="${line(observed)}" />
    <path class="average" d="${line(average)}" />
  </svg>`
}

/** At most 200 points: a curve needs no more, a page should not hold more. */
function sampled(values: readonly number[]): readonly (readonly [step: number, value: number])[] {
  const points = values.map((value, i) => [i + 1, value] as const)
  if (points.length <= MAX_POINTS) return points
  const every = Math.ceil(points.length / MAX_POINTS)
  return points.filter(([step]) => step % every === 0 || step === points.length)
}

/** The next of 2, 4, 6, 10, 20, 40, …: half of it is a round number too. */
function niceCeiling(value: number): number {
  for (let scale = 1; ; scale *= 10) {
    for (const step of [2, 4, 6, 10]) if (value <= step * scale) return step * scale
  }
}

export interface BarChart {
  /** From left to right; of each the parts from the bottom up, as many as there are tones. */
  readonly bars: readonly (readonly number[])[]
  readonly tones: readonly string[]
  readonly text: string
  /** Words under the first and the last bar. */
  readonly from: string
  readonly to: string
}

/** Stacked bars on one scale, the highest of which fills it. */
export function barChart({bars, tones, text, from, to}: BarChart): Html {
  const inner = {w: BOX.width - BOX.left - BOX.right, h: BOX.height - BOX.top - BOX.bottom}
  const totals = bars.map((parts) => parts.reduce((sum, part) => sum + part, 0))
  const top = niceCeiling(Math.max(1, ...totals))
  const step = inner.w / Math.max(1, bars.length)
  const y = (value: number): number => BOX.top + (1 - value / top) * inner.h
  const paths = tones.map((tone, kind) => {
    let path = ''
    for (const [i, parts] of bars.entries()) {
      const part = parts[kind] ?? 0
      if (part === 0) continue
      const below = parts.slice(0, kind).reduce((sum, each) => sum + each, 0)
      // one event among thousands is still to be seen
      const height = Math.max(1, y(below) - y(below + part))
      const x = BOX.left + i * step
      path += `M${x.toFixed(1)} ${y(below).toFixed(1)}v${(-height).toFixed(1)}h${Math.max(0.8, step * 0.85).toFixed(1)}v${height.toFixed(1)}z`
    }
    return html`<path class="${tone}" d="${path}" />`
  })
  return html`<svg class="growth bars" viewBox="0 0 640 240" role="img" aria-label="${text}">
    ${[0, top / 2, top].map((tick) => html`<path class="grid" d="M48 ${y(tick).toFixed(1)}H628" /><text class="num" x="42" y="${y(tick).toFixed(1)}" dy="4" text-anchor="end">${tick}</text>`)}
    ${paths}
    <text class="num" x="48" y="224">${from}</text>
    <text class="num" x="628" y="224" text-anchor="end">${to}</text>
  </svg>`
}
