/** The package has no types of its own, and those that others wrote lack the second parameter. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string | undefined>> })
    /**
     * The best of the available content codings by the quality that the client gives each (RFC 9110, section 12.5.3); of equal ones the first
     * of `preferred`. Undefined when none is acceptable.
     */
    encoding<Encoding extends string>(
      available: readonly Encoding[],
      options?: { readonly preferred?: readonly Encoding[] },
    ): Encoding | undefined
  }
}
