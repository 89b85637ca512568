// The functions of the host.
package main

//go:wasmimport env env_get
func envGet(pointer, length uint32) uint64

//go:wasmimport env fs_read
func fsRead(pointer, length uint32) uint64

//go:wasmimport env fs_write
func fsWrite(pointer, length uint32) uint64

//go:wasmimport env fs_mkdir
func fsMkdir(pointer, length uint32) uint64

//go:wasmimport env fs_ls
func fsLs(pointer, length uint32) uint64

//go:wasmimport env fs_read_lines
func fsReadLines(pointer, length uint32) uint64

//go:wasmimport env fs_grep
func fsGrep(pointer, length uint32) uint64

//go:wasmimport env fs_glob
func fsGlob(pointer, length uint32) uint64

//go:wasmimport env fs_copy
func fsCopy(pointer, length uint32) uint64

//go:wasmimport env fs_delete
func fsDelete(pointer, length uint32) uint64

//go:wasmimport env fs_chmod
func fsChmod(pointer, length uint32) uint64

//go:wasmimport env fs_allowed_dirs
func fsAllowedDirs(pointer, length uint32) uint64

//go:wasmimport env http_get
func httpGet(pointer, length uint32) uint64

//go:wasmimport env http_post
func httpPost(pointer, length uint32) uint64

//go:wasmimport env shell_exec
func shellExec(pointer, length uint32) uint64

//go:wasmimport env tcp_request
func tcpRequest(pointer, length uint32) uint64

//go:wasmimport env archive_pack
func archivePack(pointer, length uint32) uint64

//go:wasmimport env archive_unpack
func archiveUnpack(pointer, length uint32) uint64

//go:wasmimport env archive_list
func archiveList(pointer, length uint32) uint64

//go:wasmimport env sys_info
func sysInfo(pointer, length uint32) uint64

//go:wasmimport env time_now
func timeNow(pointer, length uint32) uint64

//go:wasmimport env disk_usage
func diskUsage(pointer, length uint32) uint64
