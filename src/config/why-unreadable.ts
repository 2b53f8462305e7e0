/** Why a file could not be read, in words that follow "cannot be read: "; the system's own code where there are none. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return REASONS[code] ?? code;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  ELOOP: "it is a link that leads back to itself",
  EISDIR: "it is a folder",
  EACCES: "access is denied",
  EPERM: "access is denied",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is no UTF-8 text",
};
