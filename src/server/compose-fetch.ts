import type { MeshFetch } from '@graphql-mesh/types'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import type { UpstreamFetch } from './source-calls.js'

/**
 * One fetch out of the `onFetch` steps of the pipeline, each around the ones before it, for calls that do not go through Mesh: made once,
 * where Mesh would ask every step of the list anew for every call.
 *
 * @param steps such as set a fetch of their own at each call, whatever the call is
 */
export function composeFetch(steps: readonly Pick<GatewayPlugin, 'onFetch'>[], innermost: MeshFetch): UpstreamFetch {
  // What Mesh passes beside a call is nothing to these steps: they hand it on.
  return composed(steps, innermost) as UpstreamFetch
}

/**
 * The same steps for Mesh, which asks one of them at each call in place of all.
 *
 * @param steps as for `composeFetch`
 */
export function asOneStep(steps: readonly GatewayPlugin[]): readonly GatewayPlugin[] {
  let made: { readonly innermost: MeshFetch; readonly whole: MeshFetch } | undefined
  const one: GatewayPlugin = {
    onFetch({ fetchFn, setFetchFn }) {
      if (made?.innermost !== fetchFn) made = { innermost: fetchFn, whole: composed(steps, fetchFn) }
      setFetchFn(made.whole)
    },
  }
  return [...steps.map(({ onFetch: _asked, ...others }) => others), one]
}

function composed(steps: readonly Pick<GatewayPlugin, 'onFetch'>[], innermost: MeshFetch): MeshFetch {
  return steps.reduce<MeshFetch>((inner, { onFetch }) => {
    let outer = inner
    const whatever = { url: '', options: {}, context: {}, info: {}, setOptions: () => {} }
    void onFetch?.({
      // Mesh's type also wants a logger and more of a real call; these steps look at no call when they are asked.
      ...(whatever as unknown as Parameters<NonNullable<typeof onFetch>>[0]),
      fetchFn: inner,
      setFetchFn: fn => void (outer = fn),
    })
    return outer
  }, innermost)
}
