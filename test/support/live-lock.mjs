// The evaluator behind the interface of the transport matrix and of the contract checks: one request against one contract
// body, bound to the agent that the contract names. The modules are given, so that tests run the sources and the external
// checks run the build.

/**
 * @param {{
 *   evaluate: typeof import('../../src/core/contract/evaluate.js').evaluate,
 *   activeContracts: typeof import('../../src/core/contract/evaluate.js').activeContracts,
 *   parseDestination: typeof import('../../src/formats/target.js').parseDestination,
 * }} modules
 * @returns {(request: Record<string, any>) => Record<string, unknown>}
 */
export function liveLock({evaluate, activeContracts, parseDestination}) {
  return ({layer, mode, agent, contract, method, target, server, tool, effective_action, scanner, ...rest}) => {
    const active =
      contract &&
      activeContracts({manifestHash: 'sha256:manifest', generation: 1}, [
        {
          target: {agent: contract.selector.agent},
          selectorId: contract.selector.selector_id,
          contractHash: contract.contract_hash,
          rules: contract.rules,
        },
      ])
    const subject =
      target === undefined
        ? {kind: 'mcp', server, tool, arguments: rest.arguments}
        : {kind: 'http', method, destination: parseDestination(target.replace(/^ws(?=s?:)/i, 'http'))}
    const {outcome} = evaluate(active ?? undefined, {
      mode,
      agent,
      subject,
      label: effective_action,
      scannerVerdict: scanner.verdict,
      killSwitch: rest.kill_switch,
      sources: [],
      gate: layer === 'proxy',
    })
    return {
      verdict: outcome.verdict,
      live_verdict: outcome.liveVerdict,
      winning_source: outcome.winningSource,
      policy_sources: outcome.policySources,
      rule_id: outcome.ruleId,
      reason: outcome.reason,
      resolved: outcome.resolved,
      drift_mode: outcome.driftMode,
      drift_kind: outcome.driftKind,
    }
  }
}
