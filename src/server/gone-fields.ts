import type { SourceCall } from '../plan/ask-sources.js'
import type { UpstreamCall } from '../plan/execute.js'
import type { GoneFields } from '../plan/gone-fields.js'
import type { OperationPlan } from '../plan/plan.js'
import { property } from '../plan/shape-value.js'

/**
 * Calls that hear when a source lacks fields which its snapshot has. Where the source refused to answer because of them, they throw
 * `FieldsGone`, unless what they answer is final.
 */
export function noticing(gone: GoneFields, plan: OperationPlan, { isFinal }: { readonly isFinal: boolean }) {
  return {
    opower:
      (call: UpstreamCall): UpstreamCall =>
      async request => {
        const answer = await call(request)
        const errors = property(answer, 'errors')
        // With data beside it, an error is about the data and not about the question.
        const isRefused = property(answer, 'data') == null && Array.isArray(errors)
        if (isRefused && !isFinal)
          gone.refused(
            errors.map(error => property(error, 'message')),
            plan,
          )
        return answer
      },
    sources:
      (call: SourceCall): SourceCall =>
      async (document, variables) => {
        const answer = await call(document, variables)
        for (const coordinate of answer.missing ?? []) gone.missed(coordinate)
        if (!isFinal) gone.refused(answer.messages ?? [], plan)
        return answer
      },
  }
}
