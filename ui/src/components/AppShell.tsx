// The frame of every page: navigation, theme, connection, and the place for the page.
//
// Gotcha: a page that was gone to by a link has the focus, as a page that the browser loads has.
import { Link, Outlet, useLocation, useRouter } from "@tanstack/react-router"
import { LogOutIcon, MenuIcon, MoonIcon } from "lucide-react"
import { useEffect, useState } from "react"
import { useActor } from "@/api/Role.ts"
import { disconnect, useSession } from "@/api/Session.ts"
import { creations, pages } from "@/components/Pages.ts"
import { PaletteButton, QuickAccess } from "@/components/QuickAccess.tsx"
import { setTheme, themes, useTheme, type Theme } from "@/components/Theme.ts"
import { TokenDialog } from "@/components/TokenDialog.tsx"
import { Button } from "@/components/ui/button.tsx"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger
} from "@/components/ui/dropdown-menu.tsx"
import { Sheet, SheetContent, SheetTitle, SheetTrigger } from "@/components/ui/sheet.tsx"
import { Toaster } from "sonner"
import { text } from "@/text/Text.ts"

function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const { pathname } = useLocation()
  const making = creations.find(({ to }) => to === pathname)?.page
  return (
    <nav aria-label={text.nav.main} className="flex flex-col gap-0.5 p-2">
      {pages.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          onClick={onNavigate}
          activeOptions={{ exact: to === "/" }}
          data-status={to === making ? "active" : undefined}
          className="flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-muted-foreground outline-none hover:bg-accent hover:text-accent-foreground focus-visible:ring-[3px] focus-visible:ring-ring/50 data-[status=active]:bg-accent data-[status=active]:font-medium data-[status=active]:text-accent-foreground"
        >
          <Icon className="size-4" aria-hidden />
          {label}
        </Link>
      ))}
    </nav>
  )
}

function Brand() {
  return (
    <Link to="/" className="flex items-center gap-2 rounded-md px-4 py-3 text-base font-semibold">
      <img src="/admin/icon.svg" alt="" className="size-6" />
      {text.product}
    </Link>
  )
}

function ThemeMenu() {
  const theme = useTheme()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={text.theme.label}>
          <MoonIcon />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
          {themes.map((value) => (
            <DropdownMenuRadioItem key={value} value={value}>
              {text.theme[value]}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}

function Connection() {
  const { token, refused } = useSession()
  const connected = token !== null && !refused
  const actor = useActor()
  return (
    <div className="mt-auto flex items-center justify-between gap-2 border-t p-3 text-xs text-muted-foreground">
      <span className="flex min-w-0 items-center gap-2">
        <span className={`size-2 shrink-0 rounded-full ${connected ? "bg-success" : "bg-destructive"}`} aria-hidden />
        {actor === undefined ? (
          <span>{connected ? text.token.connected : text.token.locked}</span>
        ) : (
          <span className="grid min-w-0" title={text.token.connected}>
            <span className="truncate font-medium text-foreground">{actor.name}</span>
            <span>{text.role[actor.role]}</span>
          </span>
        )}
      </span>
      <span className="flex shrink-0 items-center">
        <ThemeMenu />
        <Button variant="ghost" size="icon-sm" aria-label={text.token.clear} onClick={disconnect}>
          <LogOutIcon />
        </Button>
      </span>
    </div>
  )
}

const useFocusOnPage = () => {
  const router = useRouter()
  useEffect(
    () =>
      router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) document.querySelector<HTMLElement>("#content")?.focus()
      }),
    [router]
  )
}

export function AppShell() {
  const [open, setOpen] = useState(false)
  useFocusOnPage()
  const theme = useTheme()
  return (
    <QuickAccess>
      <div className="flex min-h-dvh">
        <a
          href="#content"
          className="sr-only focus:not-sr-only focus:absolute focus:left-2 focus:top-2 focus:z-50 focus:rounded-md focus:bg-background focus:px-3 focus:py-2"
        >
          {text.nav.skip}
        </a>
        <aside className="sticky top-0 hidden h-dvh w-56 shrink-0 flex-col border-r bg-sidebar md:flex">
          <Brand />
          <PaletteButton />
          <Navigation />
          <Connection />
        </aside>
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="sticky top-0 z-40 flex items-center gap-2 border-b bg-background p-2 md:hidden">
            <Sheet open={open} onOpenChange={setOpen}>
              <SheetTrigger asChild>
                <Button variant="ghost" size="icon" aria-label={text.nav.open}>
                  <MenuIcon />
                </Button>
              </SheetTrigger>
              <SheetContent aria-describedby={undefined}>
                <SheetTitle className="sr-only">{text.nav.main}</SheetTitle>
                <Brand />
                <Navigation onNavigate={() => setOpen(false)} />
                <Connection />
              </SheetContent>
            </Sheet>
            <span className="mr-auto font-semibold">{text.product}</span>
            <PaletteButton />
          </header>
          <main id="content" tabIndex={-1} className="min-w-0 flex-1 p-4 outline-none md:p-6">
            <Outlet />
          </main>
        </div>
        <TokenDialog />
        <Toaster theme={theme} richColors closeButton />
      </div>
    </QuickAccess>
  )
}
