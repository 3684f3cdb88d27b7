export declare function debianVersion(version: string): string
export declare function stage(root: string, arch: string): void
export declare function pack(
  root: string,
  options: { readonly arch: string; readonly version: string; readonly out: string; readonly fast?: boolean },
): string
