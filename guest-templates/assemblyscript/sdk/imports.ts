// The host's functions. Each takes a request and returns its reply: a pointer in the upper half, a length in the lower.
// Only those that a skill uses become imports of its module.

// @ts-ignore: a decorator of AssemblyScript
@external("env", "history_get")
export declare function history_get(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "prompt_complete")
export declare function prompt_complete(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "env_get")
export declare function env_get(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_read")
export declare function fs_read(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_write")
export declare function fs_write(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_create")
export declare function fs_create(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_delete")
export declare function fs_delete(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_mkdir")
export declare function fs_mkdir(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_ls")
export declare function fs_ls(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_chmod")
export declare function fs_chmod(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_read_lines")
export declare function fs_read_lines(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_grep")
export declare function fs_grep(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_glob")
export declare function fs_glob(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_allowed_dirs")
export declare function fs_allowed_dirs(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "fs_copy")
export declare function fs_copy(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "http_get")
export declare function http_get(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "http_post")
export declare function http_post(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "http_request")
export declare function http_request(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "ws_connect")
export declare function ws_connect(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "ws_send")
export declare function ws_send(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "ws_close")
export declare function ws_close(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "tcp_connect")
export declare function tcp_connect(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "tcp_set_callback")
export declare function tcp_set_callback(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "tcp_write")
export declare function tcp_write(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "tcp_close")
export declare function tcp_close(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "tcp_request")
export declare function tcp_request(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "shell_exec")
export declare function shell_exec(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "log_write")
export declare function log_write(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "sys_info")
export declare function sys_info(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "time_now")
export declare function time_now(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "disk_usage")
export declare function disk_usage(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "archive_pack")
export declare function archive_pack(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "archive_unpack")
export declare function archive_unpack(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "archive_list")
export declare function archive_list(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "file_transfer_send")
export declare function file_transfer_send(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "file_transfer_recv")
export declare function file_transfer_recv(pointer: u32, length: u32): u64;

// @ts-ignore: a decorator of AssemblyScript
@external("env", "cluster_node_list")
export declare function cluster_node_list(pointer: u32, length: u32): u64;
