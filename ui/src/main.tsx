import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { Failure } from "@/api/Failure.ts"
import "@/index.css"
import { router } from "@/router.tsx"

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What the service refuses it will refuse again.
      retry: (count, error) => count < 3 && error instanceof Failure && error.passes
    }
  }
})

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>
)

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Failure
  }
}
