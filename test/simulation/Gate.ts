// What stands between one process of runnerd and everything that outlasts it.
//
// Answers for: dying without a word, standing still, and being cut off: whatever the process asks of the stores, of E2B or GitHub
// from then on never comes back, or only when it goes on. Gotcha: what was on its way takes place all the same.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Context from "effect/Context"

export class Gate {
  #state: "open" | "frozen" | "dead" = "open"
  readonly #waiting = new Set<() => void>()
  readonly #behind: Gate | undefined

  /** `behind`: whoever passes this gate has to pass that one, too. */
  constructor(behind?: Gate) {
    this.#behind = behind
  }

  get isOpen(): boolean {
    return this.#state === "open" && this.#behind?.isOpen !== false
  }

  get isDead(): boolean {
    return this.#state === "dead" || this.#behind?.isDead === true
  }

  /** As kill -9. */
  die(): void {
    this.#state = "dead"
    this.#waiting.clear()
  }

  /** As SIGSTOP. */
  freeze(): void {
    if (this.#state === "open") this.#state = "frozen"
  }

  /** As SIGCONT. */
  thaw(): void {
    if (this.#state !== "frozen") return
    this.#state = "open"
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const go of waiting) go()
  }

  readonly pass: Effect.Effect<void> = Effect.suspend(() => {
    if (this.#state === "open") return this.#behind?.pass ?? Effect.void
    if (this.#state === "dead") return Effect.never
    return Effect.callback<void>((resume) => {
      const go = () => resume(this.pass)
      this.#waiting.add(go)
      return Effect.sync(() => this.#waiting.delete(go))
    })
  })

  /** The effect as this process performs it. */
  through<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.pass.pipe(
      Effect.andThen(effect),
      Effect.onExit(() => this.pass)
    )
  }

  /** Every method of the service as this process calls it. */
  around<S extends object>(service: S): S {
    const entries = Object.entries(service).map(([name, value]: [string, unknown]) => {
      if (Effect.isEffect(value)) return [name, this.through(value)]
      if (typeof value !== "function") return [name, value]
      const method = value as (...args: ReadonlyArray<unknown>) => unknown
      return [
        name,
        (...args: ReadonlyArray<unknown>) => {
          const result = method(...args)
          return Effect.isEffect(result) ? this.through(result) : result
        }
      ]
    })
    return Object.fromEntries(entries) as S
  }
}

/** The context as the process behind the gate sees it: the services named by `keys` through the gate, the others as they are. */
export const gated = <R>(context: Context.Context<R>, gate: Gate, keys: ReadonlyArray<{ readonly key: string }>) => {
  const names = new Set(keys.map(({ key }) => key))
  const services = [...context.mapUnsafe].map(([key, service]: [string, unknown]): [string, unknown] => [
    key,
    names.has(key) ? gate.around(service as object) : service
  ])
  return Layer.succeedContext(Context.makeUnsafe<R>(new Map(services)))
}
