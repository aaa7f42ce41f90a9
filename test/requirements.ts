// The tests that hold each guarantee of docs/guarantees.md. A title is the beginning or a part of the title of a test or of a
// group; without one the whole file holds the guarantee.

export interface Holder {
  readonly file: string
  readonly title?: string
}

export const REQUIREMENTS: Readonly<Record<string, readonly Holder[]>> = {
  'one-decision': [
    {file: 'test/property/decision.test.ts', title: 'no contract outcome lifts what a scanner said'},
    {file: 'test/property/decision.test.ts', title: 'one more finding never weakens the action, in any mode'},
  ],
  'fault-blocks': [
    {file: 'test/property/decision.test.ts', title: 'a hard block in every mode'},
    {
      file: 'test/integration/transports/forward.test.ts',
      title: 'a decision that throws costs one connection, not the listener',
    },
  ],
  'one-policy': [
    {
      file: 'test/property/decision.test.ts',
      title: 'one exchange is judged, concluded and committed by one generation',
    },
    {
      file: 'test/integration/host/health.test.ts',
      title: 'file that is removed and comes back, is announced and then loaded',
    },
  ],
  'every-transport': [
    {file: 'test/matrix/url-layers.test.ts'},
    {file: 'test/matrix/request-content.test.ts'},
    {file: 'test/matrix/responses.test.ts'},
    {file: 'test/matrix/contracts.test.ts'},
  ],
  'one-route': [
    {file: 'test/integration/host/routes.test.ts', title: 'does not take the route of another path'},
    {file: 'test/integration/host/routes.test.ts', title: 'is refused where a route allows GET alone'},
    {file: 'test/matrix/routes.test.ts'},
  ],
  'silent-file': [{file: 'test/unit/host/one-policy.test.ts', title: 'has the policy of no file'}],
  'weaker-reload': [
    {file: 'test/integration/host/weaker-reload.test.ts', title: 'refused as a whole, and named'},
    {file: 'test/unit/host/config/directions.test.ts', title: 'a key without a direction is detected'},
  ],
  'no-smuggling': [
    {file: 'test/integration/transports/http2-packaged-origins.test.ts', title: 'understands what was decided'},
    {file: 'test/integration/transports/smuggling.test.ts', title: 'the listener'},
    {file: 'test/integration/transports/smuggling.test.ts', title: 'takes nothing after an upgrade for a request'},
    {file: 'test/integration/transports/packaged-origins.test.ts', title: 'understands what was decided'},
  ],
  'judged-is-sent': [
    {file: 'test/property/addresses.test.ts', title: 'every spelling of an IPv6 address is one host and one verdict'},
    {
      file: 'test/integration/transports/forward.test.ts',
      title: 'a target without addresses is not forwarded, in any mode',
    },
    {file: 'test/property/cuts.test.ts', title: 'a body in chunks is judged as in one piece'},
  ],
  'every-hello': [
    {file: 'test/integration/transports/later-hellos.test.ts', title: 'through a tunnel, is refused with a receipt'},
  ],
  metadata: [
    {file: 'test/conformance/scanning-addresses.test.ts'},
    {file: 'test/unit/plugins/destination/scan.test.ts', title: 'is a metadata service, trusted or not'},
  ],
  'declared-type': [{file: 'test/integration/hostile-bodies.test.ts'}, {file: 'test/unit/lib/body/decoding.test.ts'}],
  disguises: [
    {file: 'test/property/disguises.test.ts', title: 'what one scanner sees through, every scanner sees through'},
    {file: 'test/property/disguises.test.ts', title: 'a disguise inside another: every scanner sees through both'},
  ],
  shares: [
    {file: 'test/integration/transports/shares.test.ts', title: 'a client with a quarter of all open requests'},
    {file: 'test/property/shares.test.ts', title: 'no bound is passed and everything comes back'},
  ],
  turns: [
    {file: 'test/unit/core/work.test.ts'},
    {file: 'test/unit/plugins/shield/steps.test.ts'},
    {file: 'test/unit/plugins/a2a/steps.test.ts'},
  ],
  'own-pages': [
    {file: 'test/integration/host/own-routes.test.ts'},
    {file: 'test/integration/transports/forward.test.ts', title: 'browser guard'},
  ],
  'no-secret-out': [
    {file: 'test/cli/outputs.test.ts', title: 'a secret that was sent appears in no output, log, page or document'},
    {file: 'test/conformance/scanning-acceptance.test.ts', title: 'no finding holds the secret'},
  ],
  regulated: [
    {file: 'test/unit/plugins/learn/privacy/privacy.test.ts', title: 'a regulated value in %s removes the event'},
    {file: 'test/unit/plugins/recorder/plugin.test.ts', title: 'a regulated value'},
  ],
  terminal: [
    {file: 'test/cli/terminal.test.ts'},
    {file: 'test/unit/lib/terminal-markdown.test.ts', title: 'is shown, not obeyed'},
  ],
  'receipt-first': [
    {
      file: 'test/integration/durability.test.ts',
      title: 'with receipts required: nothing passes, until it works again',
    },
    {file: 'test/integration/evidence.test.ts', title: 'receipts every decision before its answer'},
  ],
  kill: [
    {file: 'test/system/kill.test.ts', title: 'kill -9 under load'},
    {file: 'test/unit/plugins/recorder/resume.test.ts', title: 'is taken up at its last whole line'},
  ],
  tamper: [
    {file: 'test/property/evidence.test.ts', title: 'no single-byte change of a sealed log goes unseen'},
    {file: 'test/replay/corrupt-twins.test.ts'},
  ],
  'cut-tail': [
    {file: 'test/unit/plugins/recorder/stated-end.test.ts'},
    {file: 'test/unit/plugins/receipts/verify/stated-head.test.ts'},
  ],
  'one-writer': [
    {file: 'test/unit/lib/lock-elsewhere.test.ts'},
    {file: 'test/unit/plugins/recorder/ownership.test.ts'},
  ],
  'second-verifier': [
    {file: 'test/unit/docs-formats.test.ts'},
    {file: 'test/unit/plugins/receipts/verify/offline-verifier.test.ts'},
  ],
  deterministic: [
    {file: 'test/replay/surroundings.test.ts'},
    {file: 'test/replay/compile.test.ts', title: 'a second compile gives the same bytes, the manifest too'},
    {file: 'test/property/compile-order.test.ts'},
  ],
  minority: [
    {file: 'test/unit/plugins/learn/compile/collapse.test.ts', title: 'lend nothing to the merge of a position'},
    {file: 'test/unit/plugins/learn/compile/profile-v2.test.ts', title: 'plant no constant'},
    {file: 'test/cli/learning-bench.test.ts'},
  ],
  wildcard: [
    {
      file: 'test/property/paths.test.ts',
      title: 'no chain of disguises brings a reserved name or a dot segment past a wildcard',
    },
  ],
  forgotten: [
    {file: 'test/cli/forget.test.ts', title: 'does not come back by %s'},
    {file: 'test/cli/forget.test.ts', title: 'is refused by rollback to a manifest from before it'},
  ],
  'no-unlock': [
    {
      file: 'test/integration/contract-loader.test.ts',
      title: 'deleting or replaying does not unlock with the next start either',
    },
    {file: 'test/integration/contract-plugin.test.ts', title: 'mode live refuses to start, shadow warns'},
  ],
  'shadow-equals-live': [
    {file: 'test/conformance/live-lock.test.ts'},
    {file: 'test/unit/plugins/learn/shadow/replay.test.ts'},
  ],
  'lifecycle-kill': [
    {file: 'test/cli/lifecycle-kill.test.ts', title: 'killed at any call, it leaves the old or the new state'},
  ],
  'never-silent': [
    {file: 'test/cli/settled.test.ts', title: 'a command that never settles: internal_error and status 1'},
  ],
  'no-overwrite': [
    {file: 'test/unit/plugins/learn/compile/overwrite.test.ts'},
    {file: 'test/cli/init.test.ts', title: 'a roster in the folder is never replaced'},
  ],
}
