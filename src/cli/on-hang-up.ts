/**
 * SIGHUP. To a server it means "read the configuration again"; it also comes when the terminal of a process goes away, and then
 * it must end the process as it always did: a system that nobody can see any more would keep its ports for ever.
 */

import { closeSync, openSync } from "node:fs";

export interface HangUps {
  /** Who is told; a signal that came before is told now. */
  handle(reload: () => void): void;
  /** Back to the default, which ends the process. */
  close(): void;
}

/** Takes SIGHUP over from here on. When the terminal is gone it is passed on as SIGTERM. */
export function watchHangUps(): HangUps {
  const hadTerminal = terminalAnswers();
  let reload: (() => void) | null = null;
  let early = false;
  const onHangUp = (): void => {
    if (hadTerminal && !terminalAnswers()) process.kill(process.pid, "SIGTERM");
    else if (reload) reload();
    else early = true;
  };
  process.on("SIGHUP", onHangUp);
  return {
    handle: (told) => {
      reload = told;
      if (early) told();
      early = false;
    },
    close: () => {
      process.off("SIGHUP", onHangUp);
    },
  };
}

/** A terminal that was closed cannot be opened by the processes it controlled; one that is still there can. */
function terminalAnswers(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
