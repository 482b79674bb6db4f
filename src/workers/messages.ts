/** What a worker asks the supervisor for. Values are cloned, never shared. */
export type Wanted =
  | { readonly of: 'store' | 'entries'; readonly utility: string; readonly method: StoreMethod; readonly given: readonly unknown[] }
  | { readonly of: 'window'; readonly utility: string; readonly method: WindowMethod; readonly given: readonly unknown[] }
  /** The figures of all workers as one text. */
  | { readonly of: 'metrics' }

export type StoreMethod = 'get' | 'set' | 'add' | 'delete' | 'append' | 'read' | 'publish'
export type WindowMethod = 'take' | 'unused' | 'hold'

export type FromWorker =
  | { readonly kind: 'question'; readonly id: number; readonly wanted: Wanted }
  | { readonly kind: 'subscription'; readonly utility: string; readonly channel: string }
  /** The answer to `figures`. */
  | { readonly kind: 'figures'; readonly id: number; readonly text: string }
  /** The worker serves at this address. */
  | { readonly kind: 'serving'; readonly url: string; readonly adminUrl: string }

export type FromSupervisor =
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly fault?: string }
  | { readonly kind: 'heard'; readonly utility: string; readonly channel: string; readonly message: string }
  | { readonly kind: 'figures'; readonly id: number }
  /** `drain`: take nothing new, finish what is in flight, end. `forget`: drop the utility token and the credentials of before. */
  | { readonly kind: 'order'; readonly order: 'drain' | 'forget' }
