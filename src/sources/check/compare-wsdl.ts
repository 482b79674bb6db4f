import type { Change } from './change.js'

/** Compares two WSDLs by their text, apart from white space, comments and where the service says that it is. */
export function compareWsdl(known: string, live: string): readonly Change[] {
  if (textOf(known) === textOf(live)) return []
  return [{ severity: 'breaking', message: 'the WSDL is another one; what that means is for somebody to read' }]
}

function textOf(wsdl: string): string {
  return wsdl
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<(?:\w+:)?address\b[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .trim()
}
