/**
 * @skill:id ai.example.as.notes
 * @skill:name "Notes"
 * @skill:version 1.0.0
 * @skill:desc "Keeps notes."
 * @skill:sdk "@luminarys/sdk-as"
 */

import { Context, fsRead } from "@luminarys/sdk-as";

// Adds a note.
// @skill:method add_note "Adds a note."
// @skill:param title required "Its first line"
// @skill:param max_size optional "Size" default:10
// @skill:result "The note's path"
// @skill:title   "A title of its own"
// @skill:hint    read-only, idempotent
// @skill:hint    closed-world
export function add(_ctx: Context, title: string, maxSize: i32): string {
  return title;
}

/**
 * @skill:method raw "Bytes."
 * @skill:param data required "Bytes"
 * @skill:param ratio "Ratio" default:0.5
 * @skill:param flag "Flag"
 */
export function raw(data: Uint8Array, ratio: f64, flag: bool): Uint8Array {
  return data;
}

@inline
function helper<T>(value: T): T { return value; }

// @skill:method nothing "Nothing."
// @skill:callback
export function nothing(): void {}
