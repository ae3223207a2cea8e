// How a group is deleted.
import { useQueryClient } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import { text } from "@/text/Text.ts"

const words = text.group.deletion

/** For `DeletionDialog`. `etag`: only if it is what was seen. */
export const useGroupDeletion = () => {
  const queries = useQueryClient()
  return (name: string, onDeleted: () => void, etag?: string) => ({
    words: { title: words.title(name), description: words.description, consequences: words.consequences },
    remove: async (ifUnused: boolean) => {
      const { body } = await call("DELETE /runner_groups/:name", {
        params: { name },
        ...(ifUnused ? { query: { if_unused: "true" } } : {}),
        ...(etag === undefined ? {} : { headers: { "if-match": etag } })
      })
      const policies = body.runner_policies.length
      return policies === 0 ? words.done(name) : `${words.done(name)}. ${words.disabled(policies)}`
    },
    onDeleted: () => {
      onDeleted()
      queries.removeQueries({ queryKey: ["groups", name] })
      for (const list of ["groups", "policies"]) void queries.invalidateQueries({ queryKey: [list] })
    }
  })
}
