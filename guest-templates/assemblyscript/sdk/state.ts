// State with the version of its form, so that a later skill knows what an earlier one has kept.

import { Decoder } from "./decoder";
import { Request } from "./host";

/** State and its version, for `Context.setState`. */
export function marshalState(schemaVersion: i32, data: Uint8Array): Uint8Array {
  return new Request().integer("schema_version", schemaVersion).bytes("data", data).finish();
}

export class StateEnvelope {
  schemaVersion: i32 = 0;
  data: Uint8Array = new Uint8Array(0);
}

/** What `marshalState` has made; version 0 of nothing. */
export function unmarshalState(raw: Uint8Array): StateEnvelope {
  const made = new StateEnvelope();
  if (raw.length == 0) return made;
  const fields = new Decoder(raw).decode();
  made.schemaVersion = <i32>fields.getField("schema_version").getInt();
  made.data = fields.getField("data").getBytes();
  return made;
}
