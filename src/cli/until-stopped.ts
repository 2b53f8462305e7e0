/** Waits for the end: Ctrl-C, SIGTERM, or, in a child, the parent going away. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off("SIGINT", stop).off("SIGTERM", stop).off("disconnect", stop);
      resolve();
    };
    process.on("SIGINT", stop).on("SIGTERM", stop).on("disconnect", stop);
  });
}
