// Loading a large part of the program without keeping the room that it took.
//
// Answers for: the young part of V8's heap staying as small as it begins while modules are loaded. Nearly all that is made then
// lives on, which V8 answers by making room for more: 58 MiB that an idle process never gives back.
// Gotcha: by what factor it makes room can be told at any time, how much at most only when Node.js starts.
import { setFlagsFromString } from "node:v8"

/** Of V8's making. */
const usualFactor = 2

const growBy = (factor: number) => setFlagsFromString(`--semi-space-growth-factor=${factor}`)

/** What `load` gives; afterwards the heap grows as ever. */
export const loading = async <A>(load: () => Promise<A>): Promise<A> => {
  growBy(1)
  try {
    return await load()
  } finally {
    growBy(usualFactor)
  }
}
