// What is said of a life that came to a bad end.
import type { Report } from "./Simulation.ts"

const shownLines = 120

export const describeReport = (seed: number, { problems, trace }: Report): string =>
  [
    `seed ${seed}: replay it with npm run test:simulation -- --seed ${seed}`,
    ...problems.map((problem) => `- ${problem}`),
    "…",
    ...trace.slice(-shownLines)
  ].join("\n")
