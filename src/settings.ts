/** How the gateway gets one secret: given in the environment, or read from a file that may change while it runs. */
export type SecretSource = { readonly value: string } | { readonly file: string }

/** Everything the gateway was told from outside, complete and checked; nothing else reads the environment. */
export interface Settings {
  /** `simulator` is the demo's trust: loopback http, Oracle's printed credentials, GraphiQL. */
  readonly environment: 'simulator' | 'stage' | 'production'
  readonly listen: { readonly host: string; readonly port: number }
  readonly admin: { readonly host: string; readonly port: number; readonly tokenFile?: string }
  readonly opower: {
    readonly graphqlUrl: URL
    readonly tokenUrl: URL
    /** Three or four lower-case letters; an account URN of another code is never accepted. */
    readonly utilityCode: string
    readonly clientId: SecretSource
    readonly clientSecret: SecretSource
  }
  readonly session: {
    readonly issuer: string
    readonly audience: string
    readonly jwksUrl: URL
    readonly algorithms: readonly string[]
    /** The token's `typ` header, where the issuer sets one (`at+jwt`); unchecked where absent. */
    readonly typ?: string
  }
  readonly directory: { readonly kind: 'claims'; readonly claim: string } | { readonly kind: 'http'; readonly url: URL }
  /** Exact origins that browsers may call from; none by default. */
  readonly corsOrigins: readonly string[]
  readonly logLevel: string
  readonly timeouts: {
    /** One upstream call, milliseconds. @default 30000 */
    readonly upstreamMs: number
    /** How long requests in flight may take to finish after SIGTERM, milliseconds. @default 30000 */
    readonly drainMs: number
  }
  readonly limits: Limits
}

/** Ceilings on what one request may ask; each with a safe default. */
export interface Limits {
  /** Bytes of one request body. @default 262144 */
  readonly bodyBytes: number
  /** Tokens of one document. @default 5000 */
  readonly tokens: number
  /** Depth of nested selections. @default 20 */
  readonly depth: number
  /** Fields under an alias in one operation. @default 30 */
  readonly aliases: number
  /** Root fields of one operation. @default 10 */
  readonly rootFields: number
  /** Elements of one list given as an argument or variable. @default 500 */
  readonly listLength: number
  /** Accounts in one upstream call, and on one page. @default 100 */
  readonly pageSize: number
}
