/**
 * The smallest skill.
 *
 * @skill:id       ai.luminarys.as.echo
 * @skill:name     "Echo"
 * @skill:version  1.0.0
 * @skill:desc     "Repeats, answers and reverses text; needs no permission."
 * @skill:sdk      "@luminarys/sdk-as"
 */

import { Context } from "@luminarys/sdk-as";

// @skill:method  echo "Returns the message unchanged."
// @skill:param   message required "Text to return" example:hello
// @skill:result  "The same text"
// @skill:hint    read-only closed-world
export function echo(_ctx: Context, message: string): string {
  return message;
}

// @skill:method  ping "Answers \"pong\"."
// @skill:result  "The word pong"
// @skill:hint    read-only closed-world
export function ping(_ctx: Context): string {
  return "pong";
}

// @skill:method  reverse "Returns the message with its characters in reverse order."
// @skill:param   message required "Text to reverse" example:abc
// @skill:result  "The reversed text"
// @skill:hint    read-only closed-world
export function reverse(_ctx: Context, message: string): string {
  let reversed = "";
  for (let index = 0; index < message.length; ) {
    // A character may be two units of the string.
    const point = message.codePointAt(index);
    reversed = String.fromCodePoint(point) + reversed;
    index += point > 0xffff ? 2 : 1;
  }
  return reversed;
}
