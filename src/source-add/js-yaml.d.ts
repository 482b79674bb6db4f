/** What is used of the library, which brings no types. */
declare module 'js-yaml' {
  export function load(text: string): unknown
}
