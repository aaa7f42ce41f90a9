import {describe, expect, test} from 'vitest'
import {sha256} from '../../../../../src/lib/hash.js'
import {sign, signatureText} from '../../../../../src/lib/ed25519.js'
import {parseEndorsement, type Endorsement} from '../../../../../src/formats/endorsement.js'
import {boundGenesis} from '../../../../../src/plugins/receipts/verify/session-control.js'
import type {ActionRecord} from '../../../../../src/formats/action-record.js'
import {Receipts, testKey, verifyTexts, type TestLogOptions} from '../../../../support/evidence.js'

const one = testKey('one')
const two = testKey('two')
const three = testKey('three')

const chain = (build: (receipts: Receipts) => void): string => {
  const receipts = new Receipts()
  build(receipts)
  return receipts.text
}

const outcome = async (text: string, options: TestLogOptions = {}) => {
  const {failure, v1} = await verifyTexts(text, {trusted: [one.public], ...options})
  return failure ? [failure.reason, failure.seq] : ['valid', v1.receiptCount]
}

describe('links', () => {
  const good = chain((r) => {
    for (let i = 0; i < 4; i++) r.add(one)
  })
  const lines = good.trimEnd().split('\n')
  const without = (n: number) => lines.filter((_, i) => i !== n).join('\n')

  test('a whole chain', async () => expect(await outcome(good)).toEqual(['valid', 4]))
  test('without its head', async () => expect(await outcome(without(0))).toEqual(['chain_seq_gap', 1]))
  test('with a hole', async () => expect(await outcome(without(2))).toEqual(['chain_seq_gap', 3]))
  test('two swapped', async () =>
    expect(await outcome([lines[0], lines[2], lines[1], lines[3]].join('\n'))).toEqual(['chain_seq_gap', 2]))
  test('one twice', async () =>
    expect(await outcome([lines[0], lines[1], lines[1]].join('\n'))).toEqual(['chain_seq_gap', 1]))
  test('a tail removed stays valid: only an expected head shows it', async () => {
    expect(await outcome(without(3))).toEqual(['valid', 3])
    expect(await outcome(without(3), {expectHead: 'f'.repeat(64)})).toEqual(['head_mismatch', 0])
  })
  test('another head of the same length', async () => {
    const other = chain((r) => r.add(one, {target: 'https://other/'}))
    expect(await outcome([other.trimEnd(), ...lines.slice(1)].join('\n'))).toEqual(['chain_break', 1])
  })
  test('a flipped digit of a signature', async () => {
    const digit = /ed25519:(.)/.exec(lines[1] ?? '')?.[1] === '0' ? '1' : '0'
    expect(
      await outcome([lines[0], lines[1]?.replace(/ed25519:./, `ed25519:${digit}`), ...lines.slice(2)].join('\n')),
    ).toEqual(['signature_invalid', 1])
  })
  test('a declared seq that is no number: the list index counts', async () => {
    expect(await outcome(`${lines[0]}\n${lines[1]?.replace('"chain_seq":1', '"chain_seq":"x"')}`)).toEqual([
      'invalid_field',
      1,
    ])
  })
  test('a seq up to 2^64-1 is reported exactly', async () => {
    const far = chain((r) => r.add(one, {chain_seq: 2n ** 64n - 1n}))
    expect(await outcome(far)).toEqual(['chain_seq_gap', 2n ** 64n - 1n])
  })
  test('blank lines, CR and a missing final LF do not matter to receipt chains', async () => {
    expect(await outcome(`\n${lines.join('\r\n \t\n')}`)).toEqual(['valid', 4])
  })
  test('a line that is not a receipt', async () =>
    expect(await outcome(`${lines[0]}\n{}\n${lines[1]}`)).toEqual(['malformed_json', 1]))
  test('nothing at all', async () => expect(await outcome('')).toEqual(['valid', 0]))
})

describe('trust', () => {
  const text = chain((r) => {
    r.add(one)
    r.add(one)
  })
  test('no key: self-consistent', async () => expect(await outcome(text, {trusted: []})).toEqual(['valid', 2]))
  test('one other key', async () =>
    expect(await outcome(text, {trusted: [two.public]})).toEqual(['signer_key_mismatch', 0]))
  test('several other keys', async () =>
    expect(await outcome(text, {trusted: [two.public, three.public]})).toEqual(['signer_key_untrusted', 0]))
  test('a second signer without a transition, though trusted', async () => {
    const mixed = chain((r) => {
      r.add(one)
      r.add(two)
    })
    expect(await outcome(mixed, {trusted: [one.public, two.public]})).toEqual(['signer_key_mismatch', 1])
  })
})

describe('replays', () => {
  const text = chain((r) => {
    r.add(one, {action_id: 'same'})
    r.add(one, {action_id: 'same', verdict: 'block'})
    r.add(one, {action_id: 'same'})
  })
  test('a warning', async () => {
    const {failure, warnings} = await verifyTexts(text)
    expect(failure).toBeUndefined()
    expect(warnings).toEqual(['replay_detected: seq 2 repeats action "same"'])
  })
  test('an error under strict', async () => expect(await outcome(text, {strict: true})).toEqual(['replay_detected', 2]))
})

const open = (nonce: string, more: object = {}): Partial<ActionRecord> => ({
  run_nonce: nonce,
  session_control: {
    kind: 'session_open',
    open: {run_nonce: nonce, open_nonce: `open-${nonce}`, recorder_session: 'proxy', ...more},
  },
})

/** The first receipt of a chain with a bound genesis. */
const boundOpen = (nonce: string): Partial<ActionRecord> => {
  const record = open(nonce)
  const payload = record.session_control?.open ?? {}
  const genesis = boundGenesis(payload)
  return {...open(nonce, {genesis_hash: genesis}), chain_prev_hash: genesis}
}

describe('key changes', () => {
  const rotated = (build: (r: Receipts) => void = () => undefined) =>
    chain((r) => {
      r.add(one, boundOpen('n'))
      r.add(one)
      build(r)
      r.rotate(one, two)
      r.add(two)
    })
  const both = {trusted: [one.public, two.public]}

  test('a trusted successor', async () => {
    const {failure, v1} = await verifyTexts(rotated(), both)
    expect(failure).toBeUndefined()
    expect(v1).toMatchObject({receiptCount: 4, finalSeq: 1, signerKeys: [one.public.hex, two.public.hex]})
    expect(v1.segments.map((s) => s.receipt_count)).toEqual([2, 2])
  })
  test('a successor that nobody authorised', async () =>
    expect(await outcome(rotated())).toEqual(['rotation_unauthorized', 0]))
  test('no key given: a chain with two signers is not self-consistent', async () =>
    expect(await outcome(rotated(), {trusted: []})).toEqual(['rotation_unauthorized', 0]))
  test.each([
    ['prior_signer_key', {prior_signer_key: three.public.hex}],
    ['prior_chain_seq', {prior_chain_seq: 7}],
    ['prior_chain_hash', {prior_chain_hash: 'f'.repeat(64)}],
  ])('a wrong %s', async (_, change) => {
    const text = chain((r) => {
      r.add(one)
      r.rotate(one, two, change)
    })
    expect(await outcome(text, both)).toEqual(['key_transition_invalid', 0])
  })
  test('a marker of the wrong type', async () => {
    const text = chain((r) => {
      r.add(one)
      r.rotate(one, two)
    })
    expect(await outcome(text.replace(/"prior_chain_seq":0/, '"prior_chain_seq":"0"'), both)).toEqual([
      'invalid_field',
      0,
    ])
  })
  test('a marker that is not at seq 0', async () => {
    const text = chain((r) => {
      r.add(one)
      r.add(two, {key_transition: {prior_signer_key: one.public.hex, prior_chain_seq: 0, prior_chain_hash: r.hash}})
    })
    expect(await outcome(text, both)).toEqual(['key_transition_invalid', 1])
  })
  test('a marker on the first receipt', async () => {
    expect(
      await outcome(
        chain((r) => r.rotate(two, one)),
        both,
      ),
    ).toEqual(['key_transition_invalid', 0])
  })
  test('seq 0 again without a marker', async () => {
    const text = chain((r) => {
      r.add(one)
      r.add(one, {chain_seq: 0})
    })
    expect(await outcome(text)).toEqual(['chain_seq_gap', 0])
  })
  test('a key that signed before', async () => {
    const text = chain((r) => {
      r.add(one)
      r.rotate(one, two)
      r.rotate(two, one)
    })
    expect(await outcome(text, both)).toEqual(['key_transition_invalid', 0])
  })
  test('a new key of small order is a malformed signature before anything else', async () => {
    const text = chain((r) => {
      r.add(one)
      r.rotate(one, two, {prior_chain_seq: 9})
    })
    expect(
      await outcome(text.replaceAll(`"signer_key":"${two.public.hex}"`, `"signer_key":"01${'00'.repeat(31)}"`), both),
    ).toEqual(['signature_malformed', 0])
  })
})

const endorse = (r: Receipts, change: object = {}, from = one): Endorsement => {
  const fields = {
    version: 1,
    session_id: 'proxy',
    prior_signer_key: from.public.hex,
    prior_final_seq: r.seq - 1,
    prior_tail_hash: r.hash,
    new_signer_key: two.public.hex,
    rotated_at: '2026-05-10T11:00:00Z',
    ...change,
  }
  const message = sha256(`pipelock-rotation-endorsement-v1\0${JSON.stringify(fields)}`)
  return parseEndorsement(Buffer.from(JSON.stringify({...fields, endorsement: signatureText(sign(from, message))})))
}

describe('rotation endorsements', () => {
  const build = (change: object = {}, first = boundOpen('n')) => {
    const r = new Receipts()
    r.add(one, first)
    r.add(one)
    const endorsement = endorse(r, change)
    r.rotate(one, two)
    return {text: r.text, endorsement}
  }

  test('authorise the boundary they match', async () => {
    const {text, endorsement} = build()
    expect(await outcome(text, {endorsements: [endorsement]})).toEqual(['valid', 3])
    expect(await outcome(text, {endorsements: [endorsement], trusted: [one.public, two.public]})).toEqual(['valid', 3])
  })
  test('given twice', async () => {
    const {text, endorsement} = build()
    expect(await outcome(text, {endorsements: [endorsement, endorsement]})).toEqual(['rotation_unauthorized', 0])
  })
  test.each([
    ['another session', {session_id: 'other'}],
    ['another seq', {prior_final_seq: 7}],
    ['another tail', {prior_tail_hash: 'a'.repeat(64)}],
    ['another successor', {new_signer_key: three.public.hex}],
  ])('for %s', async (_, change) => {
    const {text, endorsement} = build(change)
    expect(await outcome(text, {endorsements: [endorsement]})).toEqual(['rotation_unauthorized', 0])
  })
  test('one that is not used', async () => {
    const {endorsement} = build()
    const text = chain((r) => r.add(one, boundOpen('n')))
    expect(await outcome(text, {endorsements: [endorsement]})).toEqual(['rotation_unauthorized', 0])
  })
  test('the root segment must name the session', async () => {
    const {text, endorsement} = build({}, {})
    expect(await outcome(text, {endorsements: [endorsement]})).toEqual(['rotation_unauthorized', 0])
  })
  test('the caller must mean that session', async () => {
    const {text, endorsement} = build()
    expect(await outcome(text, {endorsements: [endorsement], session: 'other'})).toEqual(['rotation_unauthorized', 0])
  })
  test('an edited one is refused when it is read', () => {
    expect(() => build({prior_final_seq: -1})).toThrow()
    const r = new Receipts()
    r.add(one)
    expect(() => endorse(r, {new_signer_key: one.public.hex})).toThrow(/prior key/)
    expect(() => endorse(r, {extra: 1})).toThrow(/no member/)
    expect(() => endorse(r, {rotated_at: '2026-05-10T11:00:00.0Z'})).toThrow(/timestamp/)
  })
})

describe('control receipts', () => {
  const heartbeat = (r: Receipts, more: object = {}): Partial<ActionRecord> => ({
    run_nonce: 'n',
    session_control: {
      kind: 'heartbeat',
      heartbeat: {
        run_nonce: 'n',
        open_nonce: 'open-n',
        chain_head: r.hash,
        chain_seq_head: r.seq - 1,
        heartbeat_time: '2026-05-10T10:00:00Z',
        ...more,
      },
    },
  })
  const close = (r: Receipts, more: object = {}): Partial<ActionRecord> => ({
    run_nonce: 'n',
    session_control: {
      kind: 'session_close',
      close: {
        run_nonce: 'n',
        open_nonce: 'open-n',
        root_hash: r.hash,
        final_seq: r.seq,
        receipt_count: r.seq + 1,
        ...more,
      },
    },
  })
  const restart = (r: Receipts, more: object = {}) =>
    open('m', {chain_open_seq: r.seq, prior_chain_head: r.hash, prior_chain_seq: r.seq - 1, ...more})
  const after = (last: (r: Receipts) => Partial<ActionRecord>) =>
    chain((r) => {
      r.add(one, boundOpen('n'))
      r.add(one, {run_nonce: 'n'})
      r.add(one, last(r))
    })

  test.each<[string, (r: Receipts) => Partial<ActionRecord>]>([
    ['heartbeat', heartbeat],
    ['close', close],
    ['restart', restart],
  ])('a good %s', async (_, last) => expect(await outcome(after(last))).toEqual(['valid', 3]))

  test.each<[string, (r: Receipts) => Partial<ActionRecord>]>([
    ['run_nonce that was never opened', () => ({run_nonce: 'x'})],
    ['control receipt without run_nonce', (r) => ({...heartbeat(r), run_nonce: ''})],
    [
      'kind that is not the payload',
      (r) => ({...heartbeat(r), session_control: {...heartbeat(r).session_control, kind: 'session_close'}}),
    ],
    [
      'two payloads',
      (r) => ({...heartbeat(r), session_control: {kind: 'heartbeat', ...heartbeat(r).session_control, close: {}}}),
    ],
    ['heartbeat of another head', (r) => heartbeat(r, {chain_head: 'x'})],
    ['heartbeat of another seq', (r) => heartbeat(r, {chain_seq_head: r.seq})],
    ['heartbeat with another open_nonce', (r) => heartbeat(r, {open_nonce: 'x'})],
    ['close with another count', (r) => close(r, {receipt_count: 1})],
    ['close with another root', (r) => close(r, {root_hash: 'x'})],
    ['close with another seq', (r) => close(r, {final_seq: 0})],
    [
      'second open of a run',
      (r) => ({
        ...restart(r),
        ...open('n', {chain_open_seq: r.seq, prior_chain_head: r.hash, prior_chain_seq: r.seq - 1}),
      }),
    ],
    ['restart that names another head', (r) => restart(r, {prior_chain_head: 'x'})],
    ['restart with a genesis', (r) => restart(r, {genesis_hash: 'g1:x'})],
  ])('a %s', async (_, last) => expect(await outcome(after(last))).toEqual(['session_state_invalid', 2]))

  test('records of a closed run', async () => {
    const text = chain((r) => {
      r.add(one, boundOpen('n'))
      r.add(one, close(r))
      r.add(one, {run_nonce: 'n'})
    })
    expect(await outcome(text)).toEqual(['session_state_invalid', 2])
  })

  test.each<[string, Partial<ActionRecord>]>([
    ['unbound genesis with an open', open('n')],
    ['unbound genesis with a run_nonce', {run_nonce: 'n'}],
    ['bound genesis without an open', {chain_prev_hash: boundOpen('n').chain_prev_hash ?? ''}],
    ['bound genesis of another run', {...boundOpen('n'), chain_prev_hash: boundOpen('m').chain_prev_hash ?? ''}],
    [
      'bound genesis with a prior chain',
      {...boundOpen('n'), ...open('n', {genesis_hash: boundOpen('n').chain_prev_hash, prior_chain_seq: 3})},
    ],
  ])('a %s', async (_, first) =>
    expect(
      await outcome(
        chain((r) =>
          r.add(one, {
            ...boundOpen('x'),
            chain_prev_hash: 'genesis',
            session_control: undefined,
            run_nonce: '',
            ...first,
          } as Partial<ActionRecord>),
        ),
      ),
    ).toEqual(['genesis_invalid', 0]),
  )

  test('a first link that is no genesis', async () => {
    expect(await outcome(chain((r) => r.add(one, {chain_prev_hash: 'x'})))).toEqual(['chain_break', 0])
  })
})

describe('what is said of a fault', () => {
  const both = {trusted: [one.public, two.public]}
  const plain = (count: number) => {
    const receipts = new Receipts()
    for (let i = 0; i < count; i++) receipts.add(one)
    return receipts.lines
  }
  const [first = '', second = '', third = ''] = plain(3)
  const rotated = (change: object = {}, from = one) =>
    chain((r) => {
      r.add(one)
      r.rotate(from, two, change)
    })
  const bound = (build: (r: Receipts) => Endorsement) => {
    const r = new Receipts()
    r.add(one, boundOpen('n'))
    const endorsement = build(r)
    return [r.text, {endorsements: [endorsement]}] as const
  }
  const rooted = 'the root segment has no session open that names the session'
  const unused = 'a rotation endorsement matches no key change of the chain'

  test.each<[string, string, TestLogOptions, string]>([
    ['a chain without its head', second, {}, 'seq 1: root receipt segment must start at chain_seq 0'],
    ['a hole', [first, third].join('\n'), {}, 'seq gap: expected 1, got 2'],
    [
      'another first receipt',
      [chain((r) => r.add(one, {actor: 'x'})).trimEnd(), second].join('\n'),
      {},
      'seq 1: chain_prev_hash mismatch',
    ],
    [
      'a first link that is no genesis',
      chain((r) => r.add(one, {chain_prev_hash: 'x'})),
      {},
      'seq 0: chain_prev_hash of the first receipt is not genesis',
    ],
    [
      'seq 0 again without a marker',
      chain((r) => {
        r.add(one)
        r.add(one, {chain_seq: 0})
      }),
      {},
      'seq 0: unexpected seq 0 without a key_transition boundary',
    ],
    [
      'a signature with another digit',
      first.replace(/ed25519:./, (start) => (start.endsWith('0') ? 'ed25519:1' : 'ed25519:0')),
      {},
      'seq 0: signature: verification failed',
    ],
    [
      'another signer than the trusted one',
      first,
      {trusted: [two.public]},
      `seq 0: signature: signer key ${one.public.hex} is not the expected one`,
    ],
    [
      'another signer than those trusted',
      first,
      {trusted: [two.public, three.public]},
      `seq 0: signature: signer key ${one.public.hex} is none of the trusted keys`,
    ],
    [
      'an action that is repeated, under strict',
      chain((r) => {
        r.add(one, {action_id: 'same'})
        r.add(one, {action_id: 'same'})
      }),
      {strict: true},
      'seq 1: action "same" was receipted before',
    ],
    [
      'a marker on the first receipt',
      chain((r) => r.rotate(two, one)),
      both,
      'seq 0: chain starts at a key_transition segment without the prior segment',
    ],
    [
      'a marker that is not at seq 0',
      chain((r) => {
        r.add(one)
        r.add(two, {key_transition: {prior_signer_key: one.public.hex, prior_chain_seq: 0, prior_chain_hash: r.hash}})
      }),
      both,
      'seq 1: key_transition on a receipt that is not the first of its segment',
    ],
    [
      'a marker of another seq',
      rotated({prior_chain_seq: 7}),
      both,
      'seq 0: key_transition prior_chain_seq is not the last seq of the prior segment',
    ],
    [
      'a marker of another hash',
      rotated({prior_chain_hash: 'f'.repeat(64)}),
      both,
      'seq 0: key_transition prior_chain_hash is not the last hash of the prior segment',
    ],
    [
      'a marker of another signer',
      rotated({}, three),
      both,
      'seq 0: key_transition prior_signer_key is not the signer of the prior segment',
    ],
    [
      'a signer that comes back',
      chain((r) => {
        r.add(one)
        r.rotate(one, two)
        r.rotate(two, one)
      }),
      both,
      'seq 0: key_transition new signer has signed in this chain before',
    ],
    [
      'a successor that nobody authorised',
      rotated(),
      {},
      `seq 0: key_transition to ${two.public.hex} is not authorised`,
    ],
    [
      'a session open of another session',
      chain((r) => r.add(one, boundOpen('n'))),
      {
        endorsements: [endorse(new Receipts(), {prior_final_seq: 0, prior_tail_hash: 'a'.repeat(64)})],
        session: 'other',
      },
      'seq 0: session open of another recorder session',
    ],
    ['an endorsement that is not used', ...bound((r) => endorse(r)), unused],
    [
      'an endorsement that is not used, of a chain that names no session',
      first,
      {endorsements: [endorse(new Receipts(), {prior_final_seq: 0, prior_tail_hash: 'a'.repeat(64)})]},
      rooted,
    ],
    [
      'an endorsement of a key change in a chain that names no session',
      rotated(),
      {endorsements: [endorse(new Receipts(), {prior_final_seq: 0, prior_tail_hash: 'a'.repeat(64)})]},
      rooted,
    ],
    [
      'an endorsement by another key than that of the prior segment',
      ...bound((r) => {
        const endorsement = endorse(r, {prior_signer_key: three.public.hex}, three)
        r.rotate(one, two)
        return endorsement
      }),
      `seq 0: key_transition to ${two.public.hex} is not authorised`,
    ],
  ])('%s', async (_, text, options, message) => {
    const {failure} = await verifyTexts(text, {trusted: [one.public], ...options})
    expect(failure?.message).toBe(message)
  })

  test('an endorsement given twice authorises nothing', async () => {
    const r = new Receipts()
    r.add(one, boundOpen('n'))
    const endorsement = endorse(r)
    r.rotate(one, two)
    const {failure} = await verifyTexts(r.text, {trusted: [one.public], endorsements: [endorsement, endorsement]})
    expect(failure?.message).toBe(`seq 0: key_transition to ${two.public.hex} is not authorised`)
  })

  test('a successor whose first signature has another digit is not taken on its word', async () => {
    const [root = '', next = ''] = rotated().split('\n')
    const spoiled = next.replace(/(?<="signature":")ed25519:./, (start) =>
      start.endsWith('0') ? 'ed25519:1' : 'ed25519:0',
    )
    expect(spoiled).not.toBe(next)
    const {failure} = await verifyTexts(`${root}\n${spoiled}\n`, both)
    expect(failure?.message).toBe('seq 0: signature: verification failed')
  })

  test('a trusted successor uses no endorsement of another key change up', async () => {
    const [text, options] = bound((r) => {
      const endorsement = endorse(r, {prior_final_seq: 7})
      r.rotate(one, two)
      return endorsement
    })
    const {failure} = await verifyTexts(text, {...both, ...options})
    expect([failure?.reason, failure?.message]).toEqual(['rotation_unauthorized', unused])
  })

  test('the session of an open is that of the caller only where endorsements are given', async () => {
    expect(
      await outcome(
        chain((r) => r.add(one, boundOpen('n'))),
        {session: 'other'},
      ),
    ).toEqual(['valid', 1])
  })

  test('at most twenty repeated actions are listed, and the others counted', async () => {
    const text = (count: number) =>
      chain((r) => {
        for (let i = 0; i <= count; i++) r.add(one, {action_id: 'same'})
      })
    const listed = async (count: number) =>
      (await verifyTexts(text(count))).warnings.filter((warning) => warning.startsWith('replay_detected: seq'))
    expect(await listed(20)).toHaveLength(20)
    const beyond = await listed(21)
    expect(beyond).toHaveLength(20)
    expect(beyond.at(-1)).toBe('replay_detected: seq 20 repeats action "same"')
  })
})

describe('the signatures of a chain count as verified', () => {
  const text = chain((r) => {
    r.add(one)
    r.add(one)
  })
  test.each<[string, string, TestLogOptions, boolean]>([
    ['under a trusted key: yes', text, {trusted: [one.public]}, true],
    ['without a trusted key: no', text, {trusted: []}, false],
    ['with a fault: no', `${text}{}\n`, {trusted: [one.public]}, false],
  ])('%s', async (_, log, options, expected) => {
    const {v1} = await verifyTexts(log, options)
    expect([v1.signaturesVerified, v1.recordType, v1.signerKeyId]).toEqual([expected, 'action_receipt_v1', ''])
  })
})
