// Whose token this browser uses, and what it may do. The service decides; the console only leaves out what would be refused.
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import type { Role } from "../../../src/domain/Actor.ts"
import { type Body, call } from "@/api/Client.ts"
import { useSession } from "@/api/Session.ts"

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }

/** The token's name and role; undefined until the service has told them. */
export const useActor = (): Body<"GET /whoami"> | undefined => {
  const { token, refused } = useSession()
  const actor = useQuery({
    queryKey: ["whoami", token],
    queryFn: ({ signal }) => call("GET /whoami", { signal }),
    enabled: token !== null && !refused,
    staleTime: 60_000
  })
  return refused ? undefined : actor.data?.body
}

const useRole = (): Role | undefined => useActor()?.role

/** Whether the token may do what needs the role; undefined until that is known. */
export const useMay = (required: Role): boolean | undefined => {
  const role = useRole()
  return role === undefined ? undefined : rank[role] >= rank[required]
}

/**
 * Whether the token may, or one before it could while the page has been open: what was begun stays on the page when the
 * token is refused. Undefined until it is known.
 */
export const useMayOnce = (required: Role): boolean | undefined => {
  const may = useMay(required)
  const [known, setKnown] = useState(may)
  const next = may === undefined || known === true ? known : may
  if (next !== known) setKnown(next)
  return next
}
