// Words of the command palette and of the list of keys.
export const palette = {
  open: "Search",
  title: "Command palette",
  placeholder: "Page, action, spec, or beginning of a request's id, job or runner",
  pages: "Pages",
  catalogue: "Specs and groups",
  requests: "Requests",
  actions: "Actions",
  none: "Nothing of that name",
  theme: (theme: string) => `Theme: ${theme}`,
  refresh: "Load everything on this page again",
  docs: "Open the API's description"
}

export const keys = {
  title: "Keys",
  description: "They work wherever no text is being entered.",
  palette: "Command palette",
  help: "This list",
  goTo: (page: string) => `Go to ${page}`,
  then: "then"
}
