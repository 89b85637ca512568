package sdk

// FSRequest asks for something about a file, with its content when it is written.
type FSRequest struct {
	Path    string `msgpack:"path"`
	Content []byte `msgpack:"content,omitempty"`
}

// FSMkdirRequest is the request of [FsMkdir].
type FSMkdirRequest struct {
	Path string `msgpack:"path"`
}

// FSResponse is the reply to a [FSRequest].
type FSResponse struct {
	Content []byte `msgpack:"content,omitempty"`
	Error   string `msgpack:"error,omitempty"`
}

// FSLsRequest is the request of [FsLs].
type FSLsRequest struct {
	Path string `msgpack:"path"`
	Long bool   `msgpack:"long"`
}

// FSLsResponse is the reply to a [FSLsRequest].
type FSLsResponse struct {
	Entries []DirEntry `msgpack:"entries"`
	Error   string     `msgpack:"error,omitempty"`
}

// FSChmodRequest is the request of [FsChmod].
type FSChmodRequest struct {
	Path      string `msgpack:"path"`
	Mode      uint32 `msgpack:"mode"`
	Recursive bool   `msgpack:"recursive"`
}

// DirEntry is what stands in a directory. The last three are known when they were asked for only.
type DirEntry struct {
	// Name is the entry's, without the directory's.
	Name string `msgpack:"name"`
	// Size is in bytes; 0 for directories.
	Size int64 `msgpack:"size"`
	// IsDir says that it is a directory.
	IsDir bool `msgpack:"is_dir"`
	// ModTime is when it was changed last, in seconds since 1970.
	ModTime int64 `msgpack:"mod_time,omitempty"`
	// Mode has the permission bits: 493 is 0755.
	Mode uint32 `msgpack:"mode,omitempty"`
	// ModeStr shows them as ls does: drwxr-xr-x.
	ModeStr string `msgpack:"mode_str,omitempty"`
}

// AllowedDir is a directory that the manifest grants.
type AllowedDir struct {
	// Path is absolute.
	Path string `msgpack:"path"`
	// Mode is ro or rw.
	Mode string `msgpack:"mode"`
}

// Permission bits, one by one.
const (
	PermOwnerRead  uint32 = 0o400
	PermOwnerWrite uint32 = 0o200
	PermOwnerExec  uint32 = 0o100
	PermGroupRead  uint32 = 0o040
	PermGroupWrite uint32 = 0o020
	PermGroupExec  uint32 = 0o010
	PermOtherRead  uint32 = 0o004
	PermOtherWrite uint32 = 0o002
	PermOtherExec  uint32 = 0o001
)

// Usual permissions.
const (
	PermReadOnly   = PermOwnerRead | PermGroupRead | PermOtherRead
	PermPrivate    = PermOwnerRead | PermOwnerWrite
	PermPrivateDir = PermPrivate | PermOwnerExec
	PermDefault    = PermReadOnly | PermOwnerWrite
	PermDefaultDir = PermDefault | PermOwnerExec | PermGroupExec | PermOtherExec
)

// FsRead reads a whole file. All paths here are absolute.
func FsRead(path string) ([]byte, error) {
	reply, err := call[FSResponse](hostFsRead, FSRequest{Path: path})
	return reply.Content, err
}

// FsWrite writes a whole file, in place of what is there, and makes directories that are missing.
func FsWrite(path string, content []byte) error {
	return perform(hostFsWrite, FSRequest{Path: path, Content: content})
}

// FsCreate writes a new file; it is an error when something is there.
func FsCreate(path string, content []byte) error {
	return perform(hostFsCreate, FSRequest{Path: path, Content: content})
}

// FsDelete deletes a file, or a directory with all that is in it.
func FsDelete(path string) error {
	return perform(hostFsDelete, FSRequest{Path: path})
}

// FsMkdir makes a directory and those above it that are missing. Braces make several: /data/{logs,cache}.
func FsMkdir(path string) error {
	return perform(hostFsMkdir, FSMkdirRequest{Path: path})
}

// FsLs lists a directory; when long, with times and permissions.
func FsLs(path string, long bool) ([]DirEntry, error) {
	reply, err := call[FSLsResponse](hostFsLs, FSLsRequest{Path: path, Long: long})
	return reply.Entries, err
}

// FsChmod sets permission bits; when recursive, those of all that is in a directory too.
func FsChmod(path string, mode uint32, recursive bool) error {
	return perform(hostFsChmod, FSChmodRequest{Path: path, Mode: mode, Recursive: recursive})
}

// FsCopy copies one file.
func FsCopy(source, dest string) error {
	return perform(hostFsCopy, map[string]string{"source": source, "dest": dest})
}

// FsAllowedDirs lists the directories that the manifest grants.
func FsAllowedDirs() ([]AllowedDir, error) {
	reply, err := call[struct {
		Dirs []AllowedDir `msgpack:"dirs"`
	}](hostFsAllowedDirs, anything{})
	return reply.Dirs, err
}
