/** `clauseway health URL`: for container health checks, where no curl is installed. */

const TIMEOUT_MS = 3_000;

/** Returns the exit code: 0 for a 2xx answer, 1 for anything else. */
export async function checkHealth(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok ? 0 : 1;
  } catch {
    return 1;
  }
}
