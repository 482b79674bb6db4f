/** Service orders as a source of the mesh. Mesh's configuration type knows no handler by path. */
export const ordersSource = {
  name: 'Orders',
  handler: { './src/sources/orders/handler.ts': { wsdl: './src/sources/orders/orders.wsdl', endpoint: '{env.ORDERS_URL}' } },
}
