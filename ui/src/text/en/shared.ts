// Words of what several pages show: filters, pages of a list, differences, copies.
export const filters = {
  any: "any",
  clear: "Clear filters"
}

export const paging = {
  range: (from: number, to: number, total: string) => `${from} to ${to} of ${total}`,
  first: "First page",
  previous: "Newer",
  next: "Older",
  pastEnd: "The list ends before this page."
}

export const diff = {
  field: "Field",
  before: "Before",
  after: "After",
  absent: "nothing",
  same: (count: number) => (count === 1 ? "One other field is the same." : `${count} other fields are the same.`)
}

export const copy = {
  copy: (what: string) => `Copy ${what}`,
  copied: "Copied",
  failed: "The browser did not let it be copied"
}
