// Which deaths are tried: the crashes of the points that a scene has passed, what a command line asks for, and their names.
//
// Answers for: a name that says all that is needed to replay one death, and reading it back.
import type { Crash } from "./CrashPoints.ts"
import { type Backend, backends } from "./FaultRun.ts"
import { type Scene, scenes } from "./FaultScenes.ts"

export interface Death {
  readonly scene: Scene
  readonly crash: Crash
}

export interface Selection {
  readonly backends: ReadonlyArray<Backend>
  /** The file that says what has been tried already; undefined: none is kept. */
  readonly record: string | undefined
  /** Words of the names of deaths; empty: all. */
  readonly words: string
  /** When the words are the whole name of one. */
  readonly only: Death | undefined
}

/** For example `rough: killed after E2B create, passing 1`. */
export const nameOf = ({ crash: { nth, point }, scene }: Death): string =>
  `${scene.name}: killed ${point}, passing ${nth}`

const deathOf = (name: string): Death | undefined => {
  const [, sceneName, point, nth] = /^(.+): killed (.+), passing (\d+)$/.exec(name) ?? []
  const scene = scenes.find((each) => each.name === sceneName)
  return scene === undefined || point === undefined ? undefined : { scene, crash: { point, nth: Number(nth) } }
}

/** Out of a command line: perhaps `--record FILE`, perhaps a database, perhaps words. */
export const selectionOf = (line: string): Selection => {
  const [, record] = /(?:^| )--record (\S+)/.exec(line) ?? []
  const [first = "", ...others] = line
    .replace(/(^| )--record \S+/, "")
    .trim()
    .split(" ")
  const backend = backends.find((each) => each === first)
  const words = (backend === undefined ? [first, ...others] : others).join(" ")
  return { backends: backend === undefined ? backends : [backend], record, words, only: deathOf(words) }
}

/**
 * The first and a middle passing of each point, in the order of their first passing. Of points at which an earlier scene
 * has died (`died`) the middle one after each effect, which is what the next effect finds, or none.
 */
export const deathsOf = (
  scene: Scene,
  points: ReadonlyArray<string>,
  died: ReadonlySet<string>
): ReadonlyArray<Death> => {
  const passed = new Map<string, number>()
  for (const point of points) passed.set(point, (passed.get(point) ?? 0) + 1)
  return [...passed].flatMap(([point, times]) => {
    const middle = Math.ceil(times / 2)
    const again = scene.again && point.startsWith("after ")
    const passings = !died.has(point) ? new Set([1, middle]) : again ? [middle] : []
    return Array.from(passings, (nth) => ({ scene, crash: { point, nth } }))
  })
}
