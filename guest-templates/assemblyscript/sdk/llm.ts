// The conversation, and a language model.

import { Request } from "./host";
import * as env from "./imports";
import { MsgValue } from "./value";

/** The conversation's messages: an array of maps of `role` and `content`. `last:10` or `role:user` wants some of them. */
export function historyGet(filter: string = ""): MsgValue {
  return new Request().text("filter", filter).send(env.history_get, "history_get");
}

/** What a language model says to a prompt. */
export function promptComplete(prompt: string): string {
  return new Request().text("prompt", prompt).send(env.prompt_complete, "prompt_complete").getField("text").getStr();
}
