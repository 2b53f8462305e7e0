/**
 * How long a test waits for what should be there within a moment. Only a system that hangs meets these bounds: a machine under
 * load may take many times as long as a quiet one, and no test is about time.
 */

/** For one answer, message or row. */
export const PATIENCE_MS = 30_000;

/** For one command line, which may start several processes. */
export const COMMAND_PATIENCE_MS = 60_000;

/** For a whole test, or a hook. */
export const TEST_PATIENCE_MS = 120_000;
