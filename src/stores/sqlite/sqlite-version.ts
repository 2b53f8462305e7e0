/** Which SQLite may keep a ledger. */

/**
 * Whether this version is free of the WAL-reset race, by which two connections could lose commits or corrupt the file:
 * in every version from 3.7.0, mended in 3.51.3 and, for older lines, in 3.50.7 and 3.44.6 (sqlite.org/wal.html).
 */
export function isSafeSqlite(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major !== 3) return major > 3;
  if (minor === 44) return patch >= 6;
  if (minor === 50) return patch >= 7;
  return minor > 51 || (minor === 51 && patch >= 3);
}
