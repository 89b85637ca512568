//go:build !wasip1

package sdk

// A function of the host. There is none here, and all of them are nil; tests put their own in place.
type hostFunction func(request []byte) []byte

// exchange gives request to what a test has put in the host's place.
func exchange(function hostFunction, request []byte) ([]byte, error) {
	if function == nil {
		return nil, errNoHost
	}
	answer := function(request)
	if len(answer) == 0 {
		return nil, errNoReply
	}
	return answer, nil
}

var (
	hostHistoryGet, hostPromptComplete, hostEnvGet, hostLogWrite                   hostFunction
	hostFsRead, hostFsWrite, hostFsCreate, hostFsDelete, hostFsMkdir               hostFunction
	hostFsLs, hostFsChmod, hostFsReadLines, hostFsGrep, hostFsGlob                 hostFunction
	hostFsAllowedDirs, hostFsCopy                                                  hostFunction
	hostHttpGet, hostHttpPost, hostHttpRequest                                     hostFunction
	hostWsConnect, hostWsSend, hostWsClose                                         hostFunction
	hostTcpConnect, hostTcpSetCallback, hostTcpWrite, hostTcpClose, hostTcpRequest hostFunction
	hostShellExec                                                                  hostFunction
	hostSysInfo, hostTimeNow, hostDiskUsage                                        hostFunction
	hostArchivePack, hostArchiveUnpack, hostArchiveList                            hostFunction
	hostFileTransferSend, hostFileTransferRecv, hostClusterNodeList                hostFunction
)
