/** The billing database as a source of the mesh. Mesh's configuration type knows no handler by path. */
export const billingSource = {
  name: 'Billing',
  handler: { './src/sources/billing/handler.ts': { endpoint: '{env.BILLING_URL}' } },
}
