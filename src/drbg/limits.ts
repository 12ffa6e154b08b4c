/** The limits of HMAC_DRBG: SP 800-90A r1, §10.1, Table 2. Lengths in the standard are in bits; here, in bytes. */
export const LIMITS: {
  /** max_length of entropy input, 2^35 bits. */
  readonly maxLength: number
  /** max_personalization_string_length, 2^35 bits. */
  readonly maxPersonalizationStringLength: number
  /** max_additional_input_length, 2^35 bits. */
  readonly maxAdditionalInputLength: number
  /** max_number_of_bits_per_request, 2^19 bits. */
  readonly maxBytesPerRequest: number
  /** reseed_interval, in requests. */
  readonly reseedInterval: number
} = Object.freeze({
  maxLength: 2 ** 32,
  maxPersonalizationStringLength: 2 ** 32,
  maxAdditionalInputLength: 2 ** 32,
  maxBytesPerRequest: 2 ** 16,
  reseedInterval: 2 ** 48,
})

/** security_strength in bytes (§10.1, Table 2 with SP 800-57 part 1, Table 3). */
export const securityStrength = (hash: { outputLen: number }): number =>
  hash.outputLen === 20 ? 16 : hash.outputLen === 28 ? 24 : 32
