/** @skill:id a.b.c */

// @skill:method half "Does not end."
export function half(name: string): string {
  return "a" + ;
}
