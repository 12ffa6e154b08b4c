/**
 * Defines a property that nothing lists and nothing overwrites. The descriptor has no prototype: with a `get` or `set` on
 * Object.prototype any other is taken for an accessor's, and refused.
 */
export function define(holder: object, key: PropertyKey, value: unknown, configurable: boolean): void {
  const descriptor: PropertyDescriptor = { value, configurable }
  Object.defineProperty(holder, key, Object.setPrototypeOf(descriptor, null))
}
