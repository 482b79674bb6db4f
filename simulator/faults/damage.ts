/** What happens to an answer on its way: nothing, half of it arrives, the connection is reset or simply ends. */
export type Damage = 'none' | 'truncated' | 'reset' | 'unanswered'
