// What is there, where an error would be an answer: the library's functions throw, and nothing can catch that.

import { DirEntry, Encoder, MsgValue, abiCall, checkError } from "@luminarys/sdk-as";

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_ls")
declare function fs_ls(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_read")
declare function fs_read(pointer: u32, length: u32): u64;

function listed(path: string): MsgValue {
  const request = new Encoder();
  request.encode_map_header(2);
  request.encode_str("path");
  request.encode_str(path);
  request.encode_str("long");
  request.encode_bool(true);
  return abiCall(fs_ls, request.finish());
}

function failure(reply: MsgValue): string {
  return reply.getField("error").getStr();
}

/** The entry of a file or directory, or null when there is none. That of a granted directory itself has no details. */
export function entry(path: string): DirEntry | null {
  const inside = listed(path);
  const reason = failure(inside);
  if (reason.startsWith("not found")) return null;
  if (reason.startsWith("permission denied")) checkError(inside, "fs_ls");
  let end = path.length;
  while (end > 1 && path.charAt(end - 1) == "/") end--;
  const slash = path.lastIndexOf("/", end - 1);
  const name = path.substring(slash + 1, end);
  if (slash >= 0) {
    const entries = listed(slash > 0 ? path.substring(0, slash) : "/").getField("entries");
    for (let index = 0; index < entries.getArrayLen(); index++) {
      const fields = entries.getIndex(index);
      if (fields.getField("name").getStr() == name) return decoded(fields);
    }
  }
  // What is above is not granted: then this is a granted directory.
  checkError(inside, "fs_ls");
  const root = new DirEntry();
  root.name = name;
  root.is_dir = true;
  return root;
}

function decoded(fields: MsgValue): DirEntry {
  const entry = new DirEntry();
  entry.name = fields.getField("name").getStr();
  entry.size = fields.getField("size").getInt();
  entry.is_dir = fields.getField("is_dir").getBool();
  entry.mod_time = fields.getField("mod_time").getInt();
  entry.mode = <u32>fields.getField("mode").getInt();
  entry.mode_str = fields.getField("mode_str").getStr();
  return entry;
}

/** A file's bytes, or null when it cannot be read. */
export function contents(path: string): Uint8Array | null {
  const request = new Encoder();
  request.encode_map_header(1);
  request.encode_str("path");
  request.encode_str(path);
  const reply = abiCall(fs_read, request.finish());
  return failure(reply).length > 0 ? null : reply.getField("content").getBytes();
}
