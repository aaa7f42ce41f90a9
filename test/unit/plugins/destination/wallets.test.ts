import {describe, expect, test} from 'vitest'
import {walletAddresses} from '../../../../src/plugins/destination/wallet-address.js'
import {sections} from '../../../../src/plugins/destination/config.js'
import {inspectBody} from '../../../../src/plugins/destination/wallet-findings.js'
import {
  createWalletGuard,
  createWalletMemory,
  type WalletGuard,
} from '../../../../src/plugins/destination/wallet-guard.js'

// Published vectors of EIP-55, BIP-173 and BIP-350, and base58 addresses of documentation.
const ETH = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
const BTC = '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2'
const P2SH = '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'
const SEGWIT = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'
const TAPROOT = 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0'
const SOL = '4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T'

const chainsOf = (text: string): readonly string[] => walletAddresses(text).flatMap(({chains}) => chains)

describe('addresses by form', () => {
  test.each([
    [ETH, ['eth', 'bnb']],
    [ETH.toLowerCase(), ['eth', 'bnb']],
    [`0x${ETH.slice(2).toUpperCase()}`, ['eth', 'bnb']],
    [BTC, ['btc']],
    [P2SH, ['btc']],
    [SEGWIT, ['btc']],
    [SEGWIT.toUpperCase(), ['btc']],
    [TAPROOT, ['btc']],
    [SOL, ['sol']],
  ])('%s', (text, chains) => {
    expect(chainsOf(`to ${text}, please`)).toEqual(chains)
  })

  test.each([
    ['the case of one letter changed', ETH.replace('aAeb', 'aaeb')],
    ['a wrong Base58 checksum', BTC.replace('BvB', 'BvC')],
    ['a wrong Bech32 checksum', SEGWIT.replace('w508', 'w509')],
    ['the other checksum of its version', TAPROOT.replace(/.$/, '9')],
    ['mixed case', SEGWIT.replace('w508', 'W508')],
    ['a longer word', `${ETH}0`],
    ['a digest', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ])('not with %s', (_, text) => {
    expect(chainsOf(text)).toEqual([])
  })
})

const config = (section: object) => sections.address_protection.parse({enabled: true, ...section})
function guard(section: object): WalletGuard {
  const made = createWalletGuard(config(section), createWalletMemory())
  if (made === undefined) throw new Error('off')
  return made
}
const twin = (address: string): string =>
  `${address.slice(0, 6)}${address
    .slice(6, -4)
    .toLowerCase()
    .replace(/[a-f]/g, (c) => (c === 'a' ? 'b' : 'a'))}${address.slice(-4)}`.toLowerCase()

describe('address protection', () => {
  test('tells a known address, one that looks like it, and any other', () => {
    const one = guard({allowed_addresses: {eth: [ETH]}, unknown_action: 'warn'})
    expect(one.find([`to=${ETH}`])).toBeUndefined()
    expect(one.find([`to=${ETH.toLowerCase()}`])).toBeUndefined()
    expect(one.find([`to=${twin(ETH)}`])).toEqual({
      kind: 'lookalike',
      chain: 'eth',
      action: 'block',
      shown: expect.stringMatching(/^5aae..….{2}beaed$|^5aae..….{6}$/),
    })
    expect(one.find([BTC])).toMatchObject({kind: 'unknown', chain: 'btc', action: 'warn'})
    expect(one.find([`${BTC} ${twin(ETH)}`])).toMatchObject({kind: 'lookalike'})
  })

  test('acts without any known address where unknown ones are to be blocked', () => {
    expect(guard({unknown_action: 'block'}).find([ETH])).toMatchObject({kind: 'unknown', action: 'block'})
    expect(guard({}).find([ETH])).toBeUndefined()
  })

  test('sees through escapes and characters that are not shown', () => {
    const one = guard({unknown_action: 'block'})
    for (const text of [
      ETH.replace('5a', '5\\u0061'),
      `%30x${ETH.slice(2)}`,
      `${ETH.slice(0, 9)}\u200b${ETH.slice(9)}`,
    ]) {
      expect(one.find([text]), text).toMatchObject({kind: 'unknown'})
    }
  })

  test('remembers what a session sent', () => {
    const one = guard({})
    expect(one.find([ETH], 'a|1')).toBeUndefined()
    expect(one.find([twin(ETH)], 'b|1')).toBeUndefined()
    expect(one.find([twin(ETH)], 'a|1')).toMatchObject({kind: 'lookalike', action: 'block'})
  })

  test('looks for the chains that are on', () => {
    expect(guard({unknown_action: 'block'}).find([SOL])).toBeUndefined()
    expect(guard({unknown_action: 'block', chains: {sol: true}}).find([SOL])).toMatchObject({chain: 'sol'})
    expect(guard({unknown_action: 'block', chains: {eth: false}}).find([ETH])).toMatchObject({chain: 'bnb'})
    expect(createWalletGuard(sections.address_protection.parse({}), createWalletMemory())).toBeUndefined()
  })

  test('refuses a section that protects nothing', () => {
    const off = {eth: false, btc: false, sol: false, bnb: false}
    expect(() => config({chains: off})).toThrow('all are off')
    expect(() => config({allowed_addresses: {eth: ['0x12']}})).toThrow('not a wallet address')
  })

  test('reports bodies of requests with both ends of the address and no more', async () => {
    const body = {
      kind: 'body',
      direction: 'request',
      headers: [],
      mediaType: 'application/json',
      contentType: 'application/json',
      bytes: Buffer.from(JSON.stringify({to: ETH})),
    } as const
    const x = {purpose: 'request', clientIp: '127.0.0.1'} as never
    const [findings] = await inspectBody(x, body, guard({unknown_action: 'block'}))
    expect(findings).toMatchObject({
      layer: 'address_protection',
      reason: 'dlp_match',
      action: 'block',
      rule: 'address_unknown',
      detail: 'Ethereum address 5aaeb6…1beaed is not known',
    })
    expect(inspectBody(x, {...body, direction: 'response'}, guard({unknown_action: 'block'}))).toEqual([])
    const wide = {
      ...body,
      bytes: Buffer.from(`to: ${ETH}`, 'utf16le'),
      contentType: 'text/plain',
      mediaType: 'text/plain',
    }
    expect(await inspectBody(x, wide, guard({unknown_action: 'block'}))).toMatchObject([{rule: 'address_unknown'}])
  })

  test('finds an address anywhere in a long text, with pauses', () => {
    const one = guard({unknown_action: 'block'})
    for (const at of [0, 16_370, 20_460, 40_000, 99_000]) {
      const text = `${'word '.repeat(20_000).slice(0, at)} ${ETH} ${'word '.repeat(20_000).slice(at)}`
      const steps = one.findSteps([text])
      let pauses = 0
      let step = steps.next()
      for (; step.done !== true; step = steps.next()) pauses++
      expect(step.value).toMatchObject({kind: 'unknown'})
      expect(pauses).toBeGreaterThanOrEqual(6)
    }
  })

  test('says where more is hidden than it can scan, whatever an unknown address is worth', () => {
    // each escape hides the sign of the one before
    const deep = Array.from({length: 20}).reduce<string>((text, _, i) => {
      const code = text.charCodeAt(0)
      return (i % 2 === 0 ? `%${code.toString(16)}` : `&#${code};`) + text.slice(1)
    }, ETH)
    expect(guard({}).find([`to=${deep}`])).toEqual({kind: 'unread', action: 'block'})
    expect(guard({action: 'warn'}).find([`to=${deep}`])).toEqual({kind: 'unread', action: 'warn'})
  })
})
