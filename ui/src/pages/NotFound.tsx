import { Link } from "@tanstack/react-router"
import { PageHeader } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

export function NotFound() {
  return (
    <>
      <PageHeader title={text.states.notFound} />
      <Button asChild variant="outline">
        <Link to="/">{text.states.back}</Link>
      </Button>
    </>
  )
}
