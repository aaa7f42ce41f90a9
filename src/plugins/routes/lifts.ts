// The settings by which a route inspects less than the rest of the configuration: they need an owner and a reason, and leave
// receipts.

export interface LiftingRoute {
  readonly tunnel?: 'intercept' | 'passthrough' | undefined
  readonly allow: boolean
  readonly requests: {readonly body: string}
  readonly responses: {readonly body: string; readonly stream_types: readonly string[]}
}

/** Each as a key with its value. */
export function liftsOf({tunnel, allow, requests, responses}: LiftingRoute): readonly string[] {
  return [
    ...(tunnel === 'passthrough' ? ['tunnel: passthrough'] : []),
    ...(allow ? ['allow: true'] : []),
    ...(requests.body === 'stream' ? ['requests.body: stream'] : []),
    ...(responses.body === 'stream' ? ['responses.body: stream'] : []),
    ...(responses.stream_types.length > 0 ? [`responses.stream_types: [${responses.stream_types.join(', ')}]`] : []),
  ]
}
