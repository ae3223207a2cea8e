// Words of others as a part of our sentences.

/** Without the full stop that it may end with. */
export const withoutEnd = (text: string): string => text.replace(/[.\s]+$/, "")
