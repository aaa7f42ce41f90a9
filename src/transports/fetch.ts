// /fetch: an own endpoint that fetches a page for the agent, follows redirects with a decision for every hop, and
// returns its text as JSON. No client header goes out.
import {setTimeout as delay} from 'node:timers/promises'
import type {Finding} from '../core/decision.js'
import type {Exchange, Target} from '../core/exchange.js'
import {declaredTypes} from '../core/content-type.js'
import {headUnit} from '../core/inspection.js'
import type {Policy, Ruling} from '../core/policy.js'
import {echoUrl, eventSubject, fetchBody, hidingFinding} from '../core/render.js'
import {originForm} from '../core/target.js'
import {inTurns} from '../core/work.js'
import type {TransportSettings} from '../core/services/proxy.js'
import {readingSteps} from '../lib/body/readings.js'
import {isMedia} from '../lib/media/binary.js'
import {createHtmlExtractor, type HtmlExtractor} from './html-extractor.js'
import {blockResponse, jsonResponse, proceeds, type LocalResponse} from './local-responses.js'
import {checkDialable, type ListenerContext} from './context.js'
import {headerPairs} from './exchange-factory.js'
import {BodyError, decompress, download, refusalOf, type Download} from './fetch-download.js'
import {partsOf, type Page} from './fetch-page.js'
import {readFetchRequest} from './fetch-request.js'
import type {Head} from './head-checks.js'
import {decideHop, hopExchange} from './hops.js'
import {redirectHop} from './redirects.js'
import {outboundRequest} from './outbound.js'
import {hiddenUnextracted, responseCompressed, responseTooLarge, shareUsed, whyOf} from './refusals.js'
import type {ServerExchange} from './server-exchange.js'

const EMPTY: Page = {title: '', content: '', hidden: '', extracted: true}

export interface Fetcher {
  (served: ServerExchange, head: Head, listenHost: string): void
  close(): Promise<void>
}

export function createFetcher(context: ListenerContext): Fetcher {
  const extractor = createHtmlExtractor(context.limits.extractionMs)
  const fetcher = (served: ServerExchange, head: Head, listenHost: string): void => {
    const fetch = new FetchExchange(context, extractor, served, head)
    served.owner = fetch
    fetch.run(listenHost).catch((error: unknown) => fetch.crash(error))
  }
  return Object.assign(fetcher, {close: () => extractor.close()})
}

/** Result of a fetch: the response and its ruling. */
interface Outcome {
  readonly response: LocalResponse
  readonly x: Exchange
  readonly ruling: Ruling
  /** Size of the last body. */
  readonly bytes: number
  /** Of the answer that the response is about. */
  readonly originStatus?: number
}

class FetchExchange {
  readonly #context: ListenerContext
  readonly #extractor: HtmlExtractor
  readonly #served: ServerExchange
  readonly #head: Head
  readonly #policy: Policy
  readonly #settings: TransportSettings
  /** Releases the resources of the exchange. */
  readonly #release: () => void
  readonly #abort = new AbortController()
  #timedOut = false
  #stopped: Finding | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(context: ListenerContext, extractor: HtmlExtractor, served: ServerExchange, head: Head) {
    this.#context = context
    this.#extractor = extractor
    this.#served = served
    this.#head = head
    this.#policy = context.host.policy()
    this.#settings = context.host.settings()
    this.#release = served.keep()
  }

  // ServerExchangeOwner: the response goes out as a whole, so only a client that left matters before it

  closed(): void {
    this.#abort.abort()
  }

  broken(): void {}

  /** The page of an exchange that ends by a finding is never sent. */
  stop(finding: Finding): void {
    this.#stopped = finding
    this.#abort.abort()
  }

  idle(): void {
    if (this.#served.responded) this.#served.destroy()
  }

  async run(listenHost: string): Promise<void> {
    const served = this.#served
    this.#timer = setTimeout(() => {
      this.#timedOut = true
      this.#abort.abort()
    }, this.#settings.fetchTimeoutSeconds * 1000)
    try {
      const {response, x, ruling, bytes, originStatus} = await this.#settled(await this.#outcome(listenHost))
      if (!served.gone) served.respond(response)
      ruling.policy.observe(x, ruling, {
        status: served.gone ? 0 : response.status,
        originStatus,
        responseBytes: bytes,
        requestBytes: 0,
        durationMs: this.#context.host.ports.clock.monotonic() - served.startedAt,
      })
    } finally {
      clearTimeout(this.#timer)
      this.#release()
    }
  }

  crash(error: unknown): void {
    this.#context.host.ports.log.error('error', {
      where: 'fetch',
      error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    })
    this.#served.destroy()
  }

  async #outcome(listenHost: string): Promise<Outcome> {
    const {x, refused = this.#served.refusal} = readFetchRequest(this.#context, this.#settings, {
      head: this.#head,
      clientIp: this.#served.connection.clientIp,
      listenHost,
      signal: this.#abort.signal,
    })
    if (refused) return this.#refuse(x, this.#policy.conclude(x, [refused]))
    const judged = await this.#policy.judge(x)
    const ruling = proceeds(judged) ? checkDialable(this.#context, x, judged) : judged
    const committed = await this.#policy.commit(x, ruling)
    if (!proceeds(committed)) return this.#blocked(x, committed)
    return this.#follow(x, committed)
  }

  async #settled(outcome: Outcome): Promise<Outcome> {
    const finding = this.#stopped
    if (finding === undefined || !proceeds(outcome.ruling)) return outcome
    return (await this.#late(outcome.x, outcome.ruling, finding, outcome.bytes)) ?? outcome
  }

  async #refuse(x: Exchange, ruling: Ruling): Promise<Outcome> {
    return this.#blocked(x, await this.#policy.commit(x, ruling))
  }

  #blocked(x: Exchange, ruling: Ruling, surface: 'fetch' | 'hop' = 'fetch', bytes = 0): Outcome {
    return {x, ruling, bytes, response: blockResponse(surface, x, ruling, {allow: 'GET', agent: x.agent.name})}
  }

  /** A decision that was only possible after the first one: a second receipt under the same id. */
  async #late(
    x: Exchange,
    ruling: Ruling,
    finding: Finding,
    bytes: number,
    surface: 'fetch' | 'hop' = 'fetch',
  ): Promise<Outcome | undefined> {
    const late = this.#policy.conclude(x, [finding], ruling)
    if (proceeds(late)) return undefined
    return this.#blocked(x, await this.#policy.commit(x, late), surface, bytes)
  }

  async #follow(first: Exchange, firstRuling: Ruling): Promise<Outcome> {
    const {redirects} = this.#context.limits
    let x = first
    let ruling = firstRuling
    const visited = new Set([first.target?.canonical])
    for (let hop = 0; ; hop++) {
      const {target} = x
      if (!target) throw new Error('no target')
      const fields = ruling.policy.attest(x, ruling, outboundRequest(x, {fields: this.#fields, body: 'none', hop}))
      if ('layer' in fields) {
        const late = await this.#late(x, ruling, fields, 0, hop === 0 ? 'fetch' : 'hop')
        if (late) return late
        throw new Error('an unattested request was not refused')
      }
      let got: Download
      try {
        got = await this.#download(x, target, ruling, fields)
      } catch (error) {
        const refused = refusalOf(error)
        const late = refused && (await this.#late(x, ruling, refused, 0))
        if (late) return late
        if (this.#timedOut) return this.#failed(x, ruling, 'fetch failed: timeout')
        const doing = error instanceof BodyError ? 'reading response' : 'fetch failed'
        return this.#failed(x, ruling, `${doing}: ${whyOf(error instanceof BodyError ? error.cause : error)}`)
      }
      // no range was requested: a part can hide half of the content to be judged
      if (got.head.status === 206) return this.#failed(x, ruling, 'fetch failed: invalid response')
      const redirect = redirectHop(got.head, target.canonical, 'GET')
      if (redirect.kind === 'none') return this.#finish(x, ruling, got)
      if (hop >= redirects) return this.#failed(x, ruling, `fetch failed: too many redirects (max ${redirects})`)
      const from = {x, redirect, hop: hop + 1}
      const next = hopExchange(this.#context, from)
      if (next.target && visited.has(next.target.canonical)) {
        return this.#failed(x, ruling, `fetch failed: too many redirects (max ${redirects})`)
      }
      const {ruling: committed} = await decideHop(this.#context, ruling, from, next)
      // every hop is a decision of its own: the previous one ends here
      ruling.policy.observe(x, ruling, {
        status: got.head.status,
        responseBytes: got.body.length,
        requestBytes: 0,
        durationMs: this.#context.host.ports.clock.monotonic() - this.#served.startedAt,
      })
      if (!proceeds(committed)) return this.#blocked(next, committed, 'hop')
      visited.add(next.target?.canonical)
      x = next
      ruling = committed
    }
  }

  get #fields(): readonly string[] {
    return [
      'User-Agent',
      this.#settings.userAgent,
      'Accept',
      'text/html,application/xhtml+xml,application/xml;q=0.9,text/plain,*/*;q=0.8',
      'Accept-Encoding',
      'identity',
    ]
  }

  #download(x: Exchange, target: Target, ruling: Ruling, fields: readonly string[]): Promise<Download> {
    const {pools} = this.#context
    const pool = pools.get({
      target,
      client: this.#served.connection.client,
      agent: x.agent.name,
      addresses: ruling.addresses,
      generation: this.#policy.generation,
    })
    return download(pool, {
      path: originForm(target),
      fields,
      maxBytes: this.#settings.maxResponseBytes,
      timeoutMs: this.#settings.fetchTimeoutSeconds * 1000,
      signal: this.#abort.signal,
      limits: this.#context.limits,
      hold: (bytes) => this.#served.hold(bytes),
      over: this.#counting(x, ruling),
    })
  }

  /** The finding that ends a download: a byte budget is used up. Where findings are only recorded, nothing ends. */
  #counting(x: Exchange, ruling: Ruling): (bytes: number) => Finding | undefined {
    let meter = this.#policy.meter(x)
    return (bytes) => {
      const finding = meter?.take(bytes)
      if (!finding) return undefined
      meter = undefined
      return proceeds(this.#policy.conclude(x, [finding], ruling)) ? undefined : finding
    }
  }

  #failed(x: Exchange, ruling: Ruling, error: string): Outcome {
    const {log} = this.#context.host.ports
    if (!this.#served.gone) log.error('error', {...eventSubject(x, hidingFinding(ruling.decision)), error})
    const body = fetchBody({url: echoUrl(x.target, undefined), agent: x.agent.name, error, blocked: false})
    return {x, ruling, bytes: 0, response: jsonResponse(502, body)}
  }

  async #finish(x: Exchange, ruling: Ruling, got: Download): Promise<Outcome> {
    const {maxResponseBytes} = this.#settings
    const bytes = got.body.length
    if (got.tooLarge !== undefined) {
      const late = await this.#late(x, ruling, responseTooLarge(got.tooLarge, maxResponseBytes), bytes)
      if (late) return late
    }
    const plain = await decompress(got, maxResponseBytes)
    if (!plain) {
      const late = await this.#late(x, ruling, responseCompressed(), bytes)
      if (late) return late
    }
    if (plain && plain !== got.body && !this.#served.hold(plain.length)) {
      const late = await this.#late(x, ruling, shareUsed('held_bytes'), bytes)
      if (late) return late
    }
    const judged = await this.#inspectDocument(x, ruling, got, plain ?? got.body)
    if (!('text' in judged)) return {...judged, bytes}
    const [title = '', ...content] = judged.hasTitle ? judged.text.split('\n') : ['', judged.text]
    const body = fetchBody({
      url: echoUrl(x.target, undefined),
      agent: x.agent.name,
      status_code: got.head.status,
      content_type: got.contentType,
      title,
      content: content.join('\n'),
      blocked: false,
    })
    return {x, ruling: judged.ruling, bytes, originStatus: got.head.status, response: jsonResponse(200, body)}
  }

  /** Judges the received document and the returned parts of it; resolves to the text as it may be returned. */
  async #inspectDocument(
    x: Exchange,
    prior: Ruling,
    got: Download,
    body: Buffer,
  ): Promise<Outcome | {readonly ruling: Ruling; readonly text: string; readonly hasTitle: boolean}> {
    const policy = this.#policy
    const head = headUnit('response', headerPairs(got.head.raw), got.head.status)
    const headResult = await policy.inspect(x, head, prior)
    if (!headResult.unit) return this.#refuse(x, headResult.ruling)
    const whole = await policy.rewrite(x, {...head, kind: 'body', bytes: body}, headResult.ruling)
    if (!whole.unit) return this.#refuse(x, whole.ruling)
    const types = declaredTypes(head.headers).join()
    const [page = EMPTY, ...others] = await this.#pages(whole.unit.bytes, types, head.mediaType, x)
    // a rewrite must not hide received content from inspection; real media hold no readable text to hide
    const isSame = whole.unit.bytes === body || isMedia(head.mediaType, body)
    if (!isSame) others.push(...(await this.#pages(body, types, head.mediaType, x)))
    if (this.#timedOut) return this.#failed(x, prior, 'fetch failed: timeout')
    // the download is complete: an operator's thinking time does not count against the origin
    clearTimeout(this.#timer)
    let {ruling} = whole
    let text = ''
    for (const part of partsOf(page, others)) {
      const bytes = Buffer.from(part.text, 'utf8')
      const result = await policy.inspect(x, {...head, kind: 'body', part: part.of, bytes}, ruling)
      const matched = result.ruling !== ruling
      ruling = result.ruling
      if (part.isRaw && matched) ruling = policy.conclude(x, [hiddenUnextracted()], ruling)
      if (!result.unit || ruling.decision.action === 'block') return this.#refuse(x, ruling)
      text = result.unit.bytes === bytes || part.isRaw ? part.text : result.unit.bytes.toString('utf8')
    }
    if (ruling !== prior) ruling = await policy.commit(x, ruling)
    if (ruling.decision.action === 'block') return this.#blocked(x, ruling)
    return {ruling, text, hasTitle: page.title !== ''}
  }

  /** The returned text, followed by every other reading of the bytes. */
  async #pages(body: Buffer, types: string, type: string, x: Exchange): Promise<Page[]> {
    const isHtml = type === 'text/html' || type.startsWith('application/xhtml')
    const pages: Page[] = []
    const {texts} = await inTurns(x, readingSteps(body, types))
    for (const text of texts) pages.push(await this.#page(text, isHtml, x))
    return pages
  }

  async #page(text: string, isHtml: boolean, x: Exchange): Promise<Page> {
    if (!isHtml) return {title: '', content: text, hidden: '', extracted: true}
    const readable = await Promise.race([this.#extractor.extract(text), this.#aborted()])
    if (readable) return {...readable, extracted: true}
    this.#context.host.ports.log.warn('anomaly', {
      ...eventSubject(x, undefined),
      reason: 'text could not be extracted',
      score: 0.3,
    })
    return {title: '', content: text, hidden: '', extracted: false}
  }

  async #aborted(): Promise<undefined> {
    const {signal} = this.#abort
    await delay(2 ** 30, undefined, {signal, ref: false}).catch(() => {})
    return undefined
  }
}
