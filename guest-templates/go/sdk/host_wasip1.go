//go:build wasip1

package sdk

import (
	"bytes"
	"runtime"
	"unsafe"
)

// A function of the host: it is told where a request is, and returns where it has put the reply, both as [WriteResult]
// does.
type hostFunction func(pointer, length uint32) uint64

// exchange has the host read request and copies its reply, which the host will free.
func exchange(function hostFunction, request []byte) ([]byte, error) {
	answer := function(address(request), uint32(len(request)))
	runtime.KeepAlive(request)
	pointer, length := uint32(answer>>32), uint32(answer)
	if length == 0 {
		return nil, errNoReply
	}
	return bytes.Clone(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), pointer)), length)), nil
}

//go:wasmimport env history_get
func hostHistoryGet(pointer, length uint32) uint64

//go:wasmimport env prompt_complete
func hostPromptComplete(pointer, length uint32) uint64

//go:wasmimport env env_get
func hostEnvGet(pointer, length uint32) uint64

//go:wasmimport env fs_read
func hostFsRead(pointer, length uint32) uint64

//go:wasmimport env fs_write
func hostFsWrite(pointer, length uint32) uint64

//go:wasmimport env fs_create
func hostFsCreate(pointer, length uint32) uint64

//go:wasmimport env fs_delete
func hostFsDelete(pointer, length uint32) uint64

//go:wasmimport env fs_mkdir
func hostFsMkdir(pointer, length uint32) uint64

//go:wasmimport env fs_ls
func hostFsLs(pointer, length uint32) uint64

//go:wasmimport env fs_chmod
func hostFsChmod(pointer, length uint32) uint64

//go:wasmimport env fs_read_lines
func hostFsReadLines(pointer, length uint32) uint64

//go:wasmimport env fs_grep
func hostFsGrep(pointer, length uint32) uint64

//go:wasmimport env fs_glob
func hostFsGlob(pointer, length uint32) uint64

//go:wasmimport env fs_allowed_dirs
func hostFsAllowedDirs(pointer, length uint32) uint64

//go:wasmimport env fs_copy
func hostFsCopy(pointer, length uint32) uint64

//go:wasmimport env http_get
func hostHttpGet(pointer, length uint32) uint64

//go:wasmimport env http_post
func hostHttpPost(pointer, length uint32) uint64

//go:wasmimport env http_request
func hostHttpRequest(pointer, length uint32) uint64

//go:wasmimport env ws_connect
func hostWsConnect(pointer, length uint32) uint64

//go:wasmimport env ws_send
func hostWsSend(pointer, length uint32) uint64

//go:wasmimport env ws_close
func hostWsClose(pointer, length uint32) uint64

//go:wasmimport env tcp_connect
func hostTcpConnect(pointer, length uint32) uint64

//go:wasmimport env tcp_set_callback
func hostTcpSetCallback(pointer, length uint32) uint64

//go:wasmimport env tcp_write
func hostTcpWrite(pointer, length uint32) uint64

//go:wasmimport env tcp_close
func hostTcpClose(pointer, length uint32) uint64

//go:wasmimport env tcp_request
func hostTcpRequest(pointer, length uint32) uint64

//go:wasmimport env shell_exec
func hostShellExec(pointer, length uint32) uint64

//go:wasmimport env log_write
func hostLogWrite(pointer, length uint32) uint64

//go:wasmimport env sys_info
func hostSysInfo(pointer, length uint32) uint64

//go:wasmimport env time_now
func hostTimeNow(pointer, length uint32) uint64

//go:wasmimport env disk_usage
func hostDiskUsage(pointer, length uint32) uint64

//go:wasmimport env archive_pack
func hostArchivePack(pointer, length uint32) uint64

//go:wasmimport env archive_unpack
func hostArchiveUnpack(pointer, length uint32) uint64

//go:wasmimport env archive_list
func hostArchiveList(pointer, length uint32) uint64

//go:wasmimport env file_transfer_send
func hostFileTransferSend(pointer, length uint32) uint64

//go:wasmimport env file_transfer_recv
func hostFileTransferRecv(pointer, length uint32) uint64

//go:wasmimport env cluster_node_list
func hostClusterNodeList(pointer, length uint32) uint64
