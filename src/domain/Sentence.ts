// What sentences are made of: words of others, and things that are counted.

/** Without the full stop that it may end with. */
export const withoutEnd = (text: string): string => text.replace(/[.\s]+$/, "")

/** `1 sandbox`, `2 sandboxes`. */
export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`
