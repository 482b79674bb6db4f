/** The schema's amounts; a value that is not known is a null object, as most real answers have it. */
export function measured(value: number | null, unit: string): { readonly value: number; readonly unit: string } | null {
  return value === null ? null : { value, unit }
}

export function money(value: number | null): { readonly value: number; readonly currency: string } | null {
  return value === null ? null : { value, currency: 'USD' }
}
