// The functions of the host: a request as a map, the reply as a value. A reply with an error is thrown.
//
// What each takes and returns is in the ABI's specification; a field that is left out has its default.

import { Encoder, Value, decode } from "./msgpack";

/** Begins a request of so many fields. */
export function fields(count: i32): Encoder {
  return new Encoder().map(count);
}

function read(packed: u64): Value {
  const length = <i32>(packed & 0xffffffff);
  const bytes = new Uint8Array(length);
  memory.copy(bytes.dataStart, <usize>(packed >> 32), length);
  const reply = decode(bytes);
  const error = reply.field("error").text();
  if (error.length > 0) throw new Error(error);
  return reply;
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "history_get")
declare function history_get(pointer: usize, length: i32): u64;

export function historyGet(request: Encoder): Value {
  const bytes = request.finish();
  return read(history_get(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "prompt_complete")
declare function prompt_complete(pointer: usize, length: i32): u64;

export function promptComplete(request: Encoder): Value {
  const bytes = request.finish();
  return read(prompt_complete(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "env_get")
declare function env_get(pointer: usize, length: i32): u64;

export function envGet(request: Encoder): Value {
  const bytes = request.finish();
  return read(env_get(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_read")
declare function fs_read(pointer: usize, length: i32): u64;

export function fsRead(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_read(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_write")
declare function fs_write(pointer: usize, length: i32): u64;

export function fsWrite(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_write(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_create")
declare function fs_create(pointer: usize, length: i32): u64;

export function fsCreate(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_create(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_delete")
declare function fs_delete(pointer: usize, length: i32): u64;

export function fsDelete(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_delete(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_mkdir")
declare function fs_mkdir(pointer: usize, length: i32): u64;

export function fsMkdir(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_mkdir(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_ls")
declare function fs_ls(pointer: usize, length: i32): u64;

export function fsLs(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_ls(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_chmod")
declare function fs_chmod(pointer: usize, length: i32): u64;

export function fsChmod(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_chmod(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_read_lines")
declare function fs_read_lines(pointer: usize, length: i32): u64;

export function fsReadLines(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_read_lines(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_grep")
declare function fs_grep(pointer: usize, length: i32): u64;

export function fsGrep(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_grep(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_glob")
declare function fs_glob(pointer: usize, length: i32): u64;

export function fsGlob(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_glob(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_allowed_dirs")
declare function fs_allowed_dirs(pointer: usize, length: i32): u64;

export function fsAllowedDirs(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_allowed_dirs(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "fs_copy")
declare function fs_copy(pointer: usize, length: i32): u64;

export function fsCopy(request: Encoder): Value {
  const bytes = request.finish();
  return read(fs_copy(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "http_get")
declare function http_get(pointer: usize, length: i32): u64;

export function httpGet(request: Encoder): Value {
  const bytes = request.finish();
  return read(http_get(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "http_post")
declare function http_post(pointer: usize, length: i32): u64;

export function httpPost(request: Encoder): Value {
  const bytes = request.finish();
  return read(http_post(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "http_request")
declare function http_request(pointer: usize, length: i32): u64;

export function httpRequest(request: Encoder): Value {
  const bytes = request.finish();
  return read(http_request(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "ws_connect")
declare function ws_connect(pointer: usize, length: i32): u64;

export function wsConnect(request: Encoder): Value {
  const bytes = request.finish();
  return read(ws_connect(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "ws_send")
declare function ws_send(pointer: usize, length: i32): u64;

export function wsSend(request: Encoder): Value {
  const bytes = request.finish();
  return read(ws_send(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "ws_close")
declare function ws_close(pointer: usize, length: i32): u64;

export function wsClose(request: Encoder): Value {
  const bytes = request.finish();
  return read(ws_close(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "tcp_connect")
declare function tcp_connect(pointer: usize, length: i32): u64;

export function tcpConnect(request: Encoder): Value {
  const bytes = request.finish();
  return read(tcp_connect(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "tcp_set_callback")
declare function tcp_set_callback(pointer: usize, length: i32): u64;

export function tcpSetCallback(request: Encoder): Value {
  const bytes = request.finish();
  return read(tcp_set_callback(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "tcp_write")
declare function tcp_write(pointer: usize, length: i32): u64;

export function tcpWrite(request: Encoder): Value {
  const bytes = request.finish();
  return read(tcp_write(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "tcp_close")
declare function tcp_close(pointer: usize, length: i32): u64;

export function tcpClose(request: Encoder): Value {
  const bytes = request.finish();
  return read(tcp_close(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "tcp_request")
declare function tcp_request(pointer: usize, length: i32): u64;

export function tcpRequest(request: Encoder): Value {
  const bytes = request.finish();
  return read(tcp_request(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "shell_exec")
declare function shell_exec(pointer: usize, length: i32): u64;

export function shellExec(request: Encoder): Value {
  const bytes = request.finish();
  return read(shell_exec(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "log_write")
declare function log_write(pointer: usize, length: i32): u64;

export function logWrite(request: Encoder): Value {
  const bytes = request.finish();
  return read(log_write(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "sys_info")
declare function sys_info(pointer: usize, length: i32): u64;

export function sysInfo(request: Encoder): Value {
  const bytes = request.finish();
  return read(sys_info(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "time_now")
declare function time_now(pointer: usize, length: i32): u64;

export function timeNow(request: Encoder): Value {
  const bytes = request.finish();
  return read(time_now(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "disk_usage")
declare function disk_usage(pointer: usize, length: i32): u64;

export function diskUsage(request: Encoder): Value {
  const bytes = request.finish();
  return read(disk_usage(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "archive_pack")
declare function archive_pack(pointer: usize, length: i32): u64;

export function archivePack(request: Encoder): Value {
  const bytes = request.finish();
  return read(archive_pack(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "archive_unpack")
declare function archive_unpack(pointer: usize, length: i32): u64;

export function archiveUnpack(request: Encoder): Value {
  const bytes = request.finish();
  return read(archive_unpack(bytes.dataStart, bytes.length));
}

// @ts-ignore: decorators are AssemblyScript's own
@external("env", "archive_list")
declare function archive_list(pointer: usize, length: i32): u64;

export function archiveList(request: Encoder): Value {
  const bytes = request.finish();
  return read(archive_list(bytes.dataStart, bytes.length));
}
