// Every list of mutations.
import { e2b } from "./e2b.ts"
import { github } from "./github.ts"
import { runner } from "./runner.ts"
import type { MutantArea } from "./Mutation.ts"

export const areas: ReadonlyArray<MutantArea> = [e2b, github, runner]
