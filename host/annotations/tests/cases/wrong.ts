// @skill:id ai.example
// @skill:name "Notes"
import { Context } from "@luminarys/sdk-as";

// @skill:method private "Not exported."
// @skill:hint readonly
// @skill:hint read-only destructive
// @skill:title none
function secret(): string { return ""; }

// @skill:method types "Wrong types."
// @skill:param list required "List"
export function types(list: Array<string>): Map<string, string> { return new Map(); }

// @skill:method far "A blank line parts them."

export function far(): void {}

// @skill:method value "Is no function."
export const value = 1;

// @skill:method many "Too many."
// @skill:param a "A"
// @skill:param b "B"
export function many(a: string): void {}

class Inside {
  // @skill:method inside "In a class."
  inside(): void {}
}
