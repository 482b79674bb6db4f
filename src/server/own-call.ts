import type { UpstreamRequest } from '../plan/execute.js'

/** A call that the gateway makes by itself, and what it asks: said beside the call to its steps, since it goes nowhere. */
export class OwnCall {
  readonly sourceName: string
  readonly request: UpstreamRequest

  constructor(sourceName: string, request: UpstreamRequest) {
    this.sourceName = sourceName
    this.request = request
  }
}

/** What a call asks, where the gateway makes it by itself; no other call can claim to be one. */
export function ownRequestOf(info: unknown): UpstreamRequest | undefined {
  return info instanceof OwnCall ? info.request : undefined
}
