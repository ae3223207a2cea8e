// Pages of lists that are asked for again and again, with what GitHub marked them with: an unchanged page is answered by 304,
// without contents and without a cost.

/** One page of a list, decoded. */
export interface PageOf<A> {
  readonly items: ReadonlyArray<A>
  readonly hasNext: boolean
}

/** Pages with what they were marked with; the one that was not asked for longest is forgotten first. */
export class RememberedPages<A> {
  readonly #pages = new Map<string, { readonly etag: string; readonly page: PageOf<A> }>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: string) {
    const known = this.#pages.get(key)
    if (known === undefined) return undefined
    this.#pages.delete(key)
    this.#pages.set(key, known)
    return known
  }

  set(key: string, known: { readonly etag: string; readonly page: PageOf<A> }): void {
    this.#pages.delete(key)
    this.#pages.set(key, known)
    if (this.#pages.size <= this.#capacity) return
    for (const oldest of this.#pages.keys()) {
      this.#pages.delete(oldest)
      return
    }
  }
}
