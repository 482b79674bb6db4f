/** What Oracle's guide prints as an example; the simulator accepts it for the first utility. */
export const printedCredentials = { id: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012', secret: 'bdf46a70-c553-44bd-846e-7bd4f9d98690' }

/** What a gateway of the first utility must be told to find a simulator and the demo's issuer; which accounts a customer has is not among it. */
export function gatewayEnvironment(simulator: string, issuer: string): Record<string, string> {
  return {
    OPOWER_ENVIRONMENT: 'simulator',
    OPOWER_GRAPHQL_URL: `${simulator}/graphql`,
    OPOWER_TOKEN_URL: `${simulator}/apis/authorization-v1/oauth2/token`,
    OPOWER_CLIENT_ID: printedCredentials.id,
    OPOWER_CLIENT_SECRET: printedCredentials.secret,
    OPOWER_UTILITY_CODE: 'nved',
    SESSION_ISSUER: issuer,
    SESSION_AUDIENCE: 'substation',
    SESSION_JWKS_URL: `${issuer}/jwks.json`,
    SESSION_ALGORITHMS: 'ES256',
  }
}
