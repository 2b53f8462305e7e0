/** What a user gave to a load run and cannot be used: a file, a flag. One message, no stack, exit 2. */

/** Its message names the file or flag, the line where there is one, and what to do instead. */
export class LoadInputError extends Error {
  override readonly name = "LoadInputError";
  readonly code = "load_input_invalid";
}

/**
 * The speed as a finite number above 0, at most 10,000. Throws LoadInputError for anything else (0, a negative number,
 * `NaN`, `fast`).
 */
export function checkSpeed(given: string | number): number {
  const speed = typeof given === "number" ? given : given.trim() === "" ? Number.NaN : Number(given);
  if (Number.isFinite(speed) && speed > 0 && speed <= FASTEST) return speed;
  throw new LoadInputError(
    `\`--speed ${given}\` is not a speed: give a number above 0 and at most ${FASTEST}, such as \`--speed 20\``,
  );
}

/** Beyond this an hour's trace lasts a third of a second: a burst, not a replay. */
const FASTEST = 10_000;
