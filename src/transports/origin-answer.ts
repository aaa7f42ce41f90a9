// An origin's answer from its head on (proxy §8.4, §13): it streams, it is held until it is whole and judged, or its pieces
// are judged one by one. Nothing of it goes out before what it must be judged by is committed.
import type {Finding} from '../core/decision.js'
import type {Unit} from '../core/exchange.js'
import type {Ruling, StreamWatch} from '../core/policy.js'
import {planAnswer, type AnswerPlan} from './answer-plan.js'
import type {ClientAnswer} from './client-answer.js'
import {Collected} from './collected.js'
import {whenReady} from './context.js'
import type {Course} from './course.js'
import {LeastRate} from './least-rate.js'
import type {Limits} from './limits.js'
import {bodyTooSlow, shareUsed} from './refusals.js'
import type {OriginHead} from './response-checks.js'
import {StreamRelay} from './stream-relay.js'
import type {Turn} from './turn.js'
import type {UpstreamLeg} from './upstream-leg.js'

export class OriginAnswer {
  readonly #course: Course
  readonly #leg: UpstreamLeg
  readonly #client: ClientAnswer
  readonly #turn: Turn
  readonly #limits: Limits
  #collected: Collected | undefined
  #relay: StreamRelay | undefined

  constructor(
    course: Course,
    leg: UpstreamLeg,
    client: ClientAnswer,
    {turn, limits}: {readonly turn: Turn; readonly limits: Limits},
  ) {
    this.#course = course
    this.#leg = leg
    this.#client = client
    this.#turn = turn
    this.#limits = limits
  }

  /** Decides what becomes of the answer; false holds its body back until that is known. */
  begin(head: OriginHead): boolean {
    const course = this.#course
    const {ruling} = course
    if (!ruling) throw new Error('answered before it was decided')
    const plan = planAnswer(course.x, head, ruling)
    if (!(plan instanceof Promise) && plan.ruling === ruling) return this.#follows(head, plan)
    course.decides()
    let within = true
    let carryOn = false
    const planned = (said: AnswerPlan): void =>
      course.late(said.ruling, () => {
        carryOn = this.#follows(head, said)
        if (carryOn && !within) this.#leg.resume()
      })
    whenReady(plan, planned, course.crash)
    within = false
    return carryOn
  }

  /** False when nothing more should come for now. */
  data(chunk: Buffer): boolean {
    const collected = this.#collected
    if (this.#relay) return this.#relay.push(chunk)
    if (!collected) return this.#client.write(chunk)
    if (!this.#turn.hold(chunk.length)) return this.#refuse(shareUsed('held_bytes'))
    if (collected.add(chunk)) return true
    return this.#tooMuch(collected)
  }

  complete(): void {
    const collected = this.#collected
    if (collected) {
      this.#collected = undefined
      collected.rate.stop()
      if (collected.isOver) return void this.#tooMuch(collected, true)
      this.#leg.over = true
      return this.#weigh(collected, collected.bytes())
    }
    if (this.#relay) return this.#relay.end()
    this.#client.end()
  }

  #follows(head: OriginHead, plan: AnswerPlan): boolean {
    switch (plan.kind) {
      case 'refuse':
        throw new Error('refused, and not blocked')
      case 'stream':
        return this.#client.begin(this.#course.x.method, head)
      case 'watch':
        return this.#watch(head, plan.unit, plan.watch, plan.ruling)
      case 'collect': {
        const rate = new LeastRate(this.#limits, () => void this.#refuse(bodyTooSlow()))
        this.#collected = new Collected(head, plan, plan.want, rate)
        this.#leg.reader = rate
        return true
      }
    }
  }

  /** The head goes out at once; every event or line when it was judged (proxy §13.6). */
  #watch(head: OriginHead, unit: Unit, watch: StreamWatch, ruling: Ruling): boolean {
    const course = this.#course
    const {x} = course
    // written anew, or stripped on its way: its length and digests may be others
    if (!this.#client.begin(x.method, {...head, length: undefined}, true)) return false
    let recorded = false
    this.#relay = new StreamRelay({
      x,
      head: unit,
      watch,
      ruling,
      write: (bytes) => this.#client.write(bytes),
      found: async (said, passes) => {
        // a stream can have thousands of findings that only warn: the first one is evidence, the others are counted
        if (passes && recorded) return true
        recorded = true
        return course.found(said, passes)
      },
      resume: this.#leg.resume,
      ended: () => this.#client.end(),
      failed: course.crash,
    })
    this.#leg.reader = this.#relay
    return true
  }

  /** More than is looked at: refused, or handed on as it is (proxy §0 D5). */
  #tooMuch(collected: Collected, isWhole = false): boolean {
    const course = this.#course
    const {head, plan, want} = collected
    this.#collected = undefined
    collected.rate.stop()
    let within = true
    let carryOn = false
    const found = want.over(collected.seen())
    course.late(found.length === 0 ? plan.ruling : course.policy.conclude(course.x, found, plan.ruling), () => {
      carryOn = this.#client.begin(course.x.method, head)
      for (const chunk of collected.chunks) if (!this.#leg.over) carryOn = this.#client.write(chunk) && carryOn
      if (isWhole && !this.#leg.over) this.complete()
      if (carryOn && !within) this.#leg.resume()
    })
    within = false
    return carryOn
  }

  /** It cannot be held any longer. */
  #refuse(finding: Finding): boolean {
    const course = this.#course
    const prior = this.#collected?.plan.ruling
    this.#collected = undefined
    // at once: nothing of what still comes may be taken for a body that streams
    this.#leg.stop()
    if (prior) course.late(course.policy.conclude(course.x, [finding], prior), () => undefined)
    return false
  }

  /** The answer is whole: it is judged, and goes out as what was judged. */
  #weigh({head, plan}: Collected, bytes: Buffer): void {
    const course = this.#course
    course.decides()
    whenReady(
      course.policy.inspect(course.x, {...plan.unit, kind: 'body', bytes}, plan.ruling),
      ({ruling, unit}) =>
        course.late(
          ruling,
          () => this.#client.deliver(head, unit?.bytes ?? NOTHING, unit?.bytes !== bytes),
          unit !== undefined,
        ),
      course.crash,
    )
  }
}

const NOTHING = Buffer.alloc(0)
