// How a spec is deleted.
import { useQueryClient } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import { text } from "@/text/Text.ts"

const words = text.spec.deletion

/** For `DeletionDialog`. `etag`: only if it is what was seen. */
export const useSpecDeletion = () => {
  const queries = useQueryClient()
  return (name: string, onDeleted: () => void, etag?: string) => ({
    words: { title: words.title(name), description: words.description, consequences: words.consequences },
    remove: async (ifUnused: boolean) => {
      const { body } = await call("DELETE /runner_specs/:name", {
        params: { name },
        ...(ifUnused ? { query: { if_unused: "true" } } : {}),
        ...(etag === undefined ? {} : { headers: { "if-match": etag } })
      })
      return body.failed_requests === 0
        ? words.done(name)
        : `${words.done(name)}. ${words.failed(body.failed_requests)}`
    },
    onDeleted: () => {
      onDeleted()
      queries.removeQueries({ queryKey: ["specs", name] })
      for (const list of ["specs", "groups", "policies"]) void queries.invalidateQueries({ queryKey: [list] })
    }
  })
}
