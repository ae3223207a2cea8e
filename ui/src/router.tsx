// Every page and its address.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  stripSearchParams
} from "@tanstack/react-router"
import { AppShell } from "@/components/AppShell.tsx"
import { catalogueSearch, newSearch } from "@/pages/catalogue/Search.ts"
import { auditSearch } from "@/pages/audit/Search.ts"
import { deliverySearch } from "@/pages/deliveries/Search.ts"
import { changeSearch } from "@/pages/match/ChangeSearch.ts"
import { matchSearch } from "@/pages/match/Search.ts"
import { hoursOf } from "@/pages/overview/Hours.ts"
import { logSearch } from "@/pages/request/Search.ts"
import { requestSearch } from "@/pages/requests/Search.ts"
import { NotFound } from "@/pages/NotFound.tsx"

const root = createRootRoute({ component: AppShell, notFoundComponent: NotFound })

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: hoursOf,
  search: { middlewares: [stripSearchParams({ hours: 6 })] },
  component: lazyRouteComponent(() => import("@/pages/Overview.tsx"), "Overview")
})

const requests = createRoute({
  getParentRoute: () => root,
  path: "/requests",
  validateSearch: requestSearch,
  component: lazyRouteComponent(() => import("@/pages/Requests.tsx"), "Requests")
})

const request = createRoute({
  getParentRoute: () => root,
  path: "/requests/$id",
  validateSearch: logSearch,
  search: { middlewares: [stripSearchParams({ log: "control.log" })] },
  component: lazyRouteComponent(() => import("@/pages/Request.tsx"), "Request")
})

const match = createRoute({
  getParentRoute: () => root,
  path: "/match",
  validateSearch: matchSearch,
  component: lazyRouteComponent(() => import("@/pages/Match.tsx"), "Match")
})

const dryRun = createRoute({
  getParentRoute: () => root,
  path: "/match/change",
  validateSearch: changeSearch,
  component: lazyRouteComponent(() => import("@/pages/DryRun.tsx"), "DryRun")
})

const specs = createRoute({
  getParentRoute: () => root,
  path: "/specs",
  validateSearch: catalogueSearch,
  component: lazyRouteComponent(() => import("@/pages/Specs.tsx"), "Specs")
})

const spec = createRoute({
  getParentRoute: () => root,
  path: "/specs/$name",
  component: lazyRouteComponent(() => import("@/pages/Spec.tsx"), "Spec")
})

// What is made anew has an address beside the lists, because a spec or a group may have any name.
const newSpec = createRoute({
  getParentRoute: () => root,
  path: "/new/spec",
  validateSearch: newSearch,
  component: lazyRouteComponent(() => import("@/pages/NewSpec.tsx"), "NewSpec")
})

const groups = createRoute({
  getParentRoute: () => root,
  path: "/groups",
  validateSearch: catalogueSearch,
  component: lazyRouteComponent(() => import("@/pages/Groups.tsx"), "Groups")
})

const group = createRoute({
  getParentRoute: () => root,
  path: "/groups/$name",
  component: lazyRouteComponent(() => import("@/pages/Group.tsx"), "Group")
})

const newGroup = createRoute({
  getParentRoute: () => root,
  path: "/new/group",
  validateSearch: newSearch,
  component: lazyRouteComponent(() => import("@/pages/NewGroup.tsx"), "NewGroup")
})

const policies = createRoute({
  getParentRoute: () => root,
  path: "/policies",
  validateSearch: catalogueSearch,
  component: lazyRouteComponent(() => import("@/pages/Policies.tsx"), "Policies")
})

const policy = createRoute({
  getParentRoute: () => root,
  path: "/policies/$id",
  component: lazyRouteComponent(() => import("@/pages/Policy.tsx"), "Policy")
})

const newPolicy = createRoute({
  getParentRoute: () => root,
  path: "/new/policy",
  validateSearch: newSearch,
  component: lazyRouteComponent(() => import("@/pages/NewPolicy.tsx"), "NewPolicy")
})

const deliveries = createRoute({
  getParentRoute: () => root,
  path: "/deliveries",
  validateSearch: deliverySearch,
  component: lazyRouteComponent(() => import("@/pages/Deliveries.tsx"), "Deliveries")
})

const delivery = createRoute({
  getParentRoute: () => root,
  path: "/deliveries/$id",
  component: lazyRouteComponent(() => import("@/pages/Delivery.tsx"), "Delivery")
})

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("@/pages/Audit.tsx"), "Audit")
})

const diagnostics = createRoute({
  getParentRoute: () => root,
  path: "/diagnostics",
  component: lazyRouteComponent(() => import("@/pages/Diagnostics.tsx"), "Diagnostics")
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    requests,
    request,
    match,
    dryRun,
    specs,
    spec,
    newSpec,
    groups,
    group,
    newGroup,
    policies,
    policy,
    newPolicy,
    deliveries,
    delivery,
    audit,
    diagnostics
  ]),
  basepath: "/admin",
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
