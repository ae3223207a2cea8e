import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { pageLinks } from "../../../src/http/handlers/Paging.ts"

const linked = (link: string | undefined, rel: string) =>
  new RegExp(`<[^>]*offset=(\\d+)>; rel="${rel}"`).exec(link ?? "")?.[1]

describe("the links of a page", () => {
  it("is none for the only page", () => {
    assert.strictEqual(pageLinks("/x", { limit: 10, offset: 0 }, 10), undefined)
    assert.strictEqual(pageLinks("/x", { limit: 10, offset: 0 }, 0), undefined)
  })
  it("has next on the first, both in the middle, prev on the last (E-92)", () => {
    assert.strictEqual(pageLinks("/x", { limit: 2, offset: 0 }, 5), `</x?limit=2&offset=2>; rel="next"`)
    assert.strictEqual(
      pageLinks("/x", { limit: 2, offset: 2 }, 5),
      `</x?limit=2&offset=0>; rel="prev", </x?limit=2&offset=4>; rel="next"`
    )
    assert.strictEqual(pageLinks("/x", { limit: 2, offset: 4 }, 5), `</x?limit=2&offset=2>; rel="prev"`)
  })
  it("keeps all other parameters, whatever is in them", () => {
    assert.strictEqual(
      pageLinks("/x?limit=9999&q=a%26b%3E%22&offset=0&q=2", { limit: 500, offset: 0 }, 501),
      `</x?limit=500&q=a%26b%3E%22&offset=500&q=2>; rel="next"`
    )
  })
  it("following next from the start shows every row once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 40 }), (limit, total) => {
        let offset: number | undefined = 0
        let shown = 0
        while (offset !== undefined) {
          shown += Math.min(limit, total - offset)
          const next: string | undefined = linked(pageLinks("/x", { limit, offset }, total), "next")
          offset = next === undefined ? undefined : Number(next)
        }
        assert.strictEqual(shown, total)
      })
    )
  })
  it("prev never points before the start", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 40 }), (limit, offset) => {
        const prev = linked(pageLinks("/x", { limit, offset }, 20), "prev")
        if (prev !== undefined) assert.isBelow(Number(prev), offset)
        assert.strictEqual(prev === undefined, offset === 0)
      })
    )
  })
})
