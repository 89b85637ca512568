/**
 * @skill:id ai.example.odd
 * @skill:name "Odd"
 * @skill:version 1.0.0
 */
import * as sdk from "@luminarys/sdk-as";

// @skill:method fine "Has comments inside."
// @skill:param  a "A" default:5
export function fine(/* the call */ ctx: sdk.Context, a: /* a number */ i32): string { return ""; }

// @skill:method defaulted "Has a default of its own."
// @skill:param  a "A"
export function defaulted(a: i32 = 5): string { return ""; }

// @skill:method large "Has a default that does not fit."
// @skill:param  a "A" default:9999999999
export function large(a: i32): string { return ""; }

// @skill:method untyped "Says no result."
export function untyped() {}

// @skill:method generic "Is generic."
export function generic<T>(): void {}
