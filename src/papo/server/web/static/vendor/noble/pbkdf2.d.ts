export const pbkdf2Async: (hash: unknown, password: Uint8Array, salt: Uint8Array, options: { c: number; dkLen: number }) => Promise<Uint8Array>;
