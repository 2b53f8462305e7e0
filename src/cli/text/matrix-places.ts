/** Cells of a matrix of regimes and readings in words: whole rows and columns, or all but one of them, before single cells. */

interface Place {
  readonly regime: string;
  readonly reading: string;
}

/** Such as `permissive under every regime but 2023-01 and 2026-04-27 x invocation`; empty for no cells. */
export function wordPlaces(
  places: readonly Place[],
  regimes: readonly string[],
  readings: readonly string[],
): string {
  const lines = [
    ...regimes.map((regime) =>
      lineOf(
        places.filter((place) => place.regime === regime),
        regime,
        readings,
        "reading",
      ),
    ),
    ...readings.map((reading) =>
      lineOf(
        places.filter((place) => place.reading === reading),
        reading,
        regimes,
        "regime",
      ),
    ),
  ].flatMap((line) => line ?? []);
  const words: string[] = [];
  let left = places;
  while (true) {
    const gainOf = (line: Line): number => line.places.filter((place) => left.includes(place)).length;
    const [best] = lines.toSorted((a, b) => gainOf(b) - gainOf(a));
    if (best === undefined || gainOf(best) < 2) break;
    words.push(best.text);
    left = left.filter((place) => !best.places.includes(place));
  }
  return joinWords([...words, ...left.map(({ regime, reading }) => `${regime} x ${reading}`)]);
}

interface Line {
  readonly places: readonly Place[];
  readonly text: string;
}

/** A row or a column that lacks one cell at most; null for others, and for one that is a single cell anyway. */
function lineOf(
  places: readonly Place[],
  name: string,
  across: readonly string[],
  what: "reading" | "regime",
): Line | null {
  const missing = across.filter((each) => !places.some((place) => place[what] === each));
  if (places.length < 2 || missing.length > 1) return null;
  const but = missing.map((each) => ` but ${each}`).join("");
  return { places, text: `${name} under every ${what}${but}` };
}

const SHOWN = 4;

function joinWords(words: readonly string[]): string {
  const more = words.length - SHOWN;
  const shown = more > 0 ? [...words.slice(0, SHOWN), `${more} more`] : words;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
