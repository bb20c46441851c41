// The package holds the specification's own examples and no types.
declare module 'commonmark-spec' {
  export const tests: readonly { readonly markdown: string; readonly html: string }[];
}
