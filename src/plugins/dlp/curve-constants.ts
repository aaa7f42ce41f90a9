// Published constants of 256-bit curves: they have the form of a private key and stand in every library of cryptography.

const CONSTANTS = new Set([
  // Ed25519: d, the square root of -1 and the base point (RFC 8032, section 5.1), whose other coordinate is one digit repeated
  '52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3',
  '2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0',
  '216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a',
  // secp256k1: the base point (SEC 2, section 2.4.1)
  '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8',
  // P-256: b and the base point (FIPS 186)
  '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b',
  '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
  '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
])

/** Primes and orders of curves have a long run of one digit, a random key of 64 digits one in five millions. */
const REPEATED = /([0-9a-f])\1{7}/

/** `digits`: 64 hexadecimal ones. */
export function isCurveConstant(digits: string): boolean {
  const lower = digits.toLowerCase()
  return REPEATED.test(lower) || CONSTANTS.has(lower)
}
