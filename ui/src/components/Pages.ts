// The pages of the navigation, in its order. `key`: after `g`, it goes there.
import {
  BoxesIcon,
  BoxIcon,
  GaugeIcon,
  KeyRoundIcon,
  ListIcon,
  RouteIcon,
  ScrollTextIcon,
  StethoscopeIcon,
  WebhookIcon
} from "lucide-react"
import { text } from "@/text/Text.ts"

export const pages = [
  { to: "/", label: text.nav.overview, icon: GaugeIcon, key: "o" },
  { to: "/requests", label: text.nav.requests, icon: ListIcon, key: "r" },
  { to: "/specs", label: text.nav.specs, icon: BoxIcon, key: "s" },
  { to: "/groups", label: text.nav.groups, icon: BoxesIcon, key: "g" },
  { to: "/policies", label: text.nav.policies, icon: KeyRoundIcon, key: "p" },
  { to: "/match", label: text.nav.match, icon: RouteIcon, key: "m" },
  { to: "/deliveries", label: text.nav.deliveries, icon: WebhookIcon, key: "d" },
  { to: "/audit", label: text.nav.audit, icon: ScrollTextIcon, key: "a" },
  { to: "/diagnostics", label: text.nav.diagnostics, icon: StethoscopeIcon, key: "i" }
] as const

/** Where what a page lists is made anew, as far as that has a page of its own. */
export const creations = [
  { to: "/new/spec", page: "/specs", label: text.specs.create },
  { to: "/new/group", page: "/groups", label: text.groups.create },
  { to: "/new/policy", page: "/policies", label: text.policies.create }
] as const
