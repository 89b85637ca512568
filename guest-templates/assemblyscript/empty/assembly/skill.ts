/**
 * A skill with one method. `lmsk generate` makes lib.ts of the lines that begin with @skill.
 *
 * @skill:id       ai.luminarys.as.empty
 * @skill:name     "Empty"
 * @skill:version  1.0.0
 * @skill:desc     "Greets."
 * @skill:sdk      "@luminarys/sdk-as"
 */

import { Context } from "@luminarys/sdk-as";

// @skill:method  greet "Greets somebody."
// @skill:param   name required "Whom to greet" example:Ada
// @skill:result  "The greeting"
export function greet(_ctx: Context, name: string): string {
  return "Hello, " + name + "!";
}
