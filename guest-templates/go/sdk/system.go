package sdk

// SysInfoResult is the machine that the host runs on.
type SysInfoResult struct {
	// OS and Arch are spelt as Go does: linux, amd64.
	OS       string `msgpack:"os"`
	Arch     string `msgpack:"arch"`
	Hostname string `msgpack:"hostname"`
	NumCPU   int    `msgpack:"num_cpu"`
}

// SysInfo tells about the machine that the host runs on.
func SysInfo() (SysInfoResult, error) {
	return call[SysInfoResult](hostSysInfo, anything{})
}

// TimeNowResult is a moment, in several forms.
type TimeNowResult struct {
	// Unix and UnixNano count from 1970, in seconds and in nanoseconds.
	Unix     int64 `msgpack:"unix"`
	UnixNano int64 `msgpack:"unix_nano"`
	// RFC3339 is local time, Timezone its name, UTCOffset its seconds east of UTC.
	RFC3339   string `msgpack:"rfc3339"`
	Timezone  string `msgpack:"timezone"`
	UTCOffset int    `msgpack:"utc_offset"`
}

// TimeNow tells what time it is where the host runs.
func TimeNow() (TimeNowResult, error) {
	return call[TimeNowResult](hostTimeNow, anything{})
}

// DiskUsageResult is how full a file system is.
type DiskUsageResult struct {
	TotalBytes int64 `msgpack:"total_bytes"`
	FreeBytes  int64 `msgpack:"free_bytes"`
	UsedBytes  int64 `msgpack:"used_bytes"`
	// UsedPct is from 0 to 100.
	UsedPct float64 `msgpack:"used_pct"`
	Error   string  `msgpack:"error,omitempty"`
}

// DiskUsage tells how full the file system is that path is on.
func DiskUsage(path string) (DiskUsageResult, error) {
	return call[DiskUsageResult](hostDiskUsage, map[string]string{"path": path})
}

// GetEnv is the variable key of the manifest's env; empty when it is not there.
func GetEnv(key string) string {
	reply, err := call[struct {
		Value string `msgpack:"value"`
	}](hostEnvGet, map[string]string{"key": key})
	if err != nil {
		return ""
	}
	return reply.Value
}
