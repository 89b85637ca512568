/** @skill:id a.b.c */
export function f(: string { 
